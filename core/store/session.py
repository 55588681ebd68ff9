"""Transactions, on SQLite and PostgreSQL alike."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from core.errors import DiskFull, DistilleryError, StoreUnavailable
from core.store.documents import dumps
from core.store.impatient import ImpatientConnection
from core.store.turns import queue_up

__all__ = ["Database", "Session", "apart"]

# Older ones can corrupt a write-ahead log that several processes share: sqlite.org/wal.html#walresetbug
SOUND_SQLITE = (3, 51, 3)
# How long a writer waits for another one. Where a person waits for the answer, it should be less.
PATIENCE_SECONDS = 10.0
# A line of writers moves on: more of it is waited for than of a lock, of which nobody knows when it will end.
_IN_A_LINE = 5
# What a statement may take beside waiting for a lock, in milliseconds; and its answer, to arrive.
_AT_WORK, _ON_ITS_WAY_SECONDS = 5_000, 1.0
# A network that swallows everything is noticed within 15 seconds.
_NOTICE_A_DEAD_NETWORK = {
    "keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": 15_000,
}  # fmt: skip
_UNAVAILABLE = (OperationalError, InterfaceError, InternalError, PoolTimeout)
# What each engine calls a full disk; and what SQLite calls a statement that makes no sense.
_POSTGRESQL_FULL, _SQLITE_FULL, _SQLITE_ERROR = "53100", 13, 1
# A reader sees one state of the database, and can't change it by mistake.
_READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Database:
    """One pool of connections, and the two kinds of transaction: reading and writing.

    patience_seconds    how long a transaction waits for a lock that another one holds
    """

    def __init__(self, url: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.engine = _engine(url, round(patience_seconds * 1000))
        is_sqlite = self.engine.dialect.name == "sqlite"
        reads = {} if is_sqlite else _READING
        self._read = sessionmaker(self.engine.execution_options(**reads), expire_on_commit=False)
        self._write = sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False)
        if is_sqlite:
            queue_up(self.engine, self._write, patience_seconds * _IN_A_LINE)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one state of the database and changes nothing."""
        with _coded(), self._read.begin() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is committed at the end, or not at all.

        StoreUnavailable    the database does not answer, or stayed locked
        DiskFull            it has no space left
        """
        with _coded(), self._write.begin() as session:
            yield session

    def check(self) -> None:
        """Raise StoreUnavailable unless the database answers."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        pool = self.engine.pool
        self.engine.dispose()
        # What is in use now comes back to a pool that nobody looks after any more.
        event.listen(pool, "checkin", lambda _connection, entry: entry.close())


@contextmanager
def apart(session: Session) -> Iterator[None]:
    """A part of a transaction that may fail by itself: nothing of it is kept then, and the rest goes on."""
    with _coded(), session.begin_nested():
        yield


@contextmanager
def _coded() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if coded := _code(error):
            raise coded from error
        raise


def _code(error: DBAPIError | PoolTimeout) -> DistilleryError | None:
    """What befell the database; None for a defect of ours, which no retry mends."""
    cause = getattr(error, "orig", None)
    sqlite = getattr(cause, "sqlite_errorcode", None)
    if sqlite == _SQLITE_FULL or getattr(cause, "sqlstate", None) == _POSTGRESQL_FULL:
        return DiskFull("no space is left for the database")
    damaged = type(error) is DatabaseError
    if sqlite == _SQLITE_ERROR or not (isinstance(error, _UNAVAILABLE) or damaged):
        return None
    return StoreUnavailable()


def _engine(url: str, patience: int) -> Engine:
    """patience    in milliseconds"""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url, patience)
    longest = patience + _AT_WORK
    limits = {
        "statement_timeout": longest,
        "lock_timeout": patience,
        "idle_in_transaction_session_timeout": 30_000,
    }
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=20,
        max_overflow=20,
        pool_timeout=3,
        json_serializer=dumps,
        connect_args={"connect_timeout": 3, "options": options, **_NOTICE_A_DEAD_NETWORK},
    )
    event.listen(engine, "do_connect", partial(_connect, longest / 1000 + _ON_ITS_WAY_SECONDS))
    return engine


def _connect(silence: float, _dialect: Any, _record: Any, words: list[Any], named: dict[str, Any]) -> Any:
    connection = ImpatientConnection.connect(*words, **named)
    connection.silence_seconds = silence
    return connection


def _sqlite(url: str, patience: int) -> Engine:
    # Left alone, the driver starts no transaction for a SELECT: `_begin` says it instead.
    engine = create_engine(
        url, module=sqlite_module(), pool_size=20, max_overflow=20, pool_timeout=3, json_serializer=dumps
    )
    event.listen(engine, "connect", partial(_prepare, patience))
    event.listen(engine, "begin", _begin)
    return engine


def sqlite_module() -> ModuleType:
    """Python's own SQLite where it is sound, else the one that pysqlite3 carries."""
    if sqlite3.sqlite_version_info >= SOUND_SQLITE:
        return sqlite3
    from pysqlite3 import dbapi2

    return dbapi2  # type: ignore[no-any-return]


def _prepare(patience: int, connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {patience}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "journal_size_limit = 67108864",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A reader that turns writer fails at once with SQLITE_BUSY_SNAPSHOT; a writer says so from the start.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
