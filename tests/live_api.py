"""The real API on a free loopback port, served by uvicorn, with a home and a database of its own."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from app import serve
from core.files import FileStore
from core.settings import Settings
from core.store import keys, migrate
from core.store.session import Database
from tests import stuck

START_SECONDS = 20.0
END_SECONDS = 60.0


@dataclass(frozen=True)
class LiveApi:
    """A running service, and the doors behind it that a worker would use.

    key    an API key that may do everything
    """

    url: str
    key: str
    settings: Settings
    database: Database
    files: FileStore

    def make_key(self, *scopes: keys.Scope, owner: str = "local") -> str:
        with self.database.writing() as session:
            return keys.create(session, "for a test", owner, scopes)


@contextmanager
def live_api(home: Path, database_url: str | None = None, **limits: Any) -> Iterator[LiveApi]:
    """Serve `home`; the url and the key lie in its files as `distillery up` leaves them.

    database_url    SQLite in the home, unless it is given
    limits          of the settings, where a test wants others
    """
    settings = _settings(home, database_url, limits)
    home.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    migrate.upgrade(database)
    with _listening() as listener, _serving(settings, listener):
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with database.writing() as session:
            key = keys.create(session, "local", "local", keys.SCOPES)
        settings.url_file.write_text(url + "\n")
        settings.api_key_file.write_text(key + "\n")
        yield LiveApi(url, key, settings, database, FileStore(settings.files))
    database.close()


def _settings(home: Path, database_url: str | None, limits: dict[str, Any]) -> Settings:
    """Nothing of the environment of whoever runs the tests."""
    return Settings(
        home=home, url=None, key=None, database_url=database_url, broker_url=None, files_url=None,
        lease_seconds=60.0, worker_id=None, trainer="worker.engine", **limits,
    )  # fmt: skip


@contextmanager
def _listening() -> Iterator[socket.socket]:
    # asyncio sends without delay only on sockets that are known to be TCP: otherwise each answer takes 40 ms.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


@contextmanager
def _serving(settings: Settings, listener: socket.socket) -> Iterator[None]:
    server = serve.server(settings, log_config=None)
    server.config.timeout_graceful_shutdown = 1
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="live-api", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield
    finally:
        server.should_exit = True
        thread.join(END_SECONDS)
        assert not thread.is_alive(), f"the API did not end in {END_SECONDS} s\n{stuck.report(server)}"


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the API ended while it started"
        assert time.monotonic() < deadline, f"the API did not start within {START_SECONDS} s"
        time.sleep(0.01)
