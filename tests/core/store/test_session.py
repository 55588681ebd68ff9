"""Transactions: whole or not at all, and an error of ours when the database can't."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from core.errors import DiskFull, StoreUnavailable
from core.store.session import SOUND_SQLITE, Database, sqlite_module
from tests.databases import PostgreSQL

COUNT = text("SELECT count(*) FROM packs")
BACKEND = text("SELECT pg_backend_pid()")
INSERT = text(
    "INSERT INTO packs (source, variant, digest, bytes, created_at) "
    "VALUES (:name, '', 'd', 1, '2026-01-01 00:00:00')"
)


def rows(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(COUNT) or 0


def insert(database: Database, name: str) -> None:
    with database.writing() as session:
        session.execute(INSERT, {"name": name})


@pytest.fixture
def sqlite(migrated_sqlite: Path) -> Iterator[Database]:
    """A file of SQLite whose writers wait a moment only."""
    path = migrated_sqlite.with_name(f"{threading.get_ident()}.sqlite")
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}", patience_seconds=0.05)
    yield database
    database.close()
    path.unlink()


@pytest.fixture
def on_postgresql(postgresql: PostgreSQL) -> Iterator[Database]:
    with postgresql.database() as url:
        database = Database(url)
        yield database
        database.close()


def test_what_was_written_is_there_afterwards(database: Database) -> None:
    insert(database, "one")

    assert rows(database) == 1


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    def break_off() -> None:
        with database.writing() as session:
            session.execute(INSERT, {"name": "one"})
            raise KeyError

    with pytest.raises(KeyError):
        break_off()

    assert rows(database) == 0


def test_a_reader_changes_nothing(database: Database) -> None:
    with pytest.raises((DBAPIError, StoreUnavailable)), database.reading() as session:
        session.execute(INSERT, {"name": "one"})

    insert(database, "two")
    assert rows(database) == 1


def test_a_reader_sees_one_state_to_its_end(database: Database) -> None:
    with database.reading() as session:
        before = session.scalar(COUNT)
        insert(database, "meanwhile")
        after = session.scalar(COUNT)

    assert (before, after) == (0, 0)
    assert rows(database) == 1


def test_a_defect_of_ours_is_not_called_an_outage(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as session:
        session.execute(text("SELECT nothing FROM nowhere"))


def test_sqlite_is_one_that_keeps_its_log_whole() -> None:
    assert sqlite_module().sqlite_version_info >= SOUND_SQLITE


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_sqlite_is_told_to_be_careful(sqlite: Database, pragma: str, value: Any) -> None:
    with sqlite.reading() as session:
        assert session.scalar(text(f"PRAGMA {pragma}")) == value


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "15s"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "30s"),
    ],
)
def test_postgresql_does_not_wait_for_ever(on_postgresql: Database, setting: str, value: str) -> None:
    with on_postgresql.writing() as session:
        assert session.scalar(text(f"SHOW {setting}")) == value


def test_a_locked_file_is_unavailable_and_fine_again_afterwards(sqlite: Database) -> None:
    with sqlite.writing() as session:
        session.execute(INSERT, {"name": "zero"})
        with pytest.raises(StoreUnavailable):
            insert(sqlite, "one")
        session.rollback()

    insert(sqlite, "one")
    assert rows(sqlite) == 1


def test_a_file_that_another_process_locks_is_unavailable(sqlite: Database) -> None:
    other = Database(sqlite.engine.url.render_as_string())
    with other.writing() as session:
        session.execute(INSERT, {"name": "zero"})
        with pytest.raises(StoreUnavailable):
            insert(sqlite, "one")
    other.close()

    insert(sqlite, "one")
    assert rows(sqlite) == 2


def test_a_locked_file_can_still_be_read(sqlite: Database) -> None:
    with sqlite.writing() as session:
        session.execute(INSERT, {"name": "one"})

        assert rows(sqlite) == 0


def test_a_full_disk_is_told_and_the_file_stays_sound(sqlite: Database) -> None:
    event.listen(
        sqlite.engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1")
    )

    with pytest.raises(DiskFull), sqlite.writing() as session:
        session.execute(INSERT, [{"name": f"{number}" * 30} for number in range(1000)])

    with sqlite.reading() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "garbage.sqlite").write_bytes(b"garbage" * 1000)
    database = Database(f"sqlite:///{tmp_path}/garbage.sqlite")

    with pytest.raises(StoreUnavailable):
        rows(database)


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/distillery.sqlite")

    with pytest.raises(StoreUnavailable):
        rows(database)


def test_a_row_that_stays_locked_is_unavailable(on_postgresql: Database) -> None:
    insert(on_postgresql, "one")

    def lock(meanwhile: Callable[[], None]) -> None:
        with on_postgresql.writing() as session:
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            session.execute(text("SELECT * FROM packs FOR UPDATE"))
            meanwhile()

    with pytest.raises(StoreUnavailable):
        lock(lambda: lock(lambda: None))


def test_a_connection_that_is_cut_is_unavailable_and_then_replaced(
    on_postgresql: Database, postgresql: PostgreSQL
) -> None:
    def cut_half_way() -> None:
        with on_postgresql.writing() as session:
            session.execute(INSERT, {"name": "one"})
            postgresql.run(f"SELECT pg_terminate_backend({session.scalar(BACKEND)})")
            session.execute(INSERT, {"name": "two"})

    with pytest.raises(StoreUnavailable):
        cut_half_way()

    insert(on_postgresql, "three")
    assert rows(on_postgresql) == 1


def test_an_idle_connection_that_was_cut_goes_unnoticed(
    on_postgresql: Database, postgresql: PostgreSQL
) -> None:
    with on_postgresql.reading() as session:
        backend = session.scalar(BACKEND)
    postgresql.run(f"SELECT pg_terminate_backend({backend})")

    assert rows(on_postgresql) == 0


def test_a_server_that_refuses_is_unavailable_until_it_takes_connections(
    on_postgresql: Database, postgresql: PostgreSQL
) -> None:
    name = on_postgresql.engine.url.database

    with postgresql.refusing(str(name)), pytest.raises(StoreUnavailable):
        rows(on_postgresql)

    assert rows(on_postgresql) == 0


def test_a_port_on_which_nothing_listens_is_unavailable() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")

    with pytest.raises(StoreUnavailable):
        rows(database)


def test_pythons_own_sqlite_is_used_only_if_it_is_sound() -> None:
    assert (sqlite_module() is sqlite3) == (sqlite3.sqlite_version_info >= SOUND_SQLITE)
