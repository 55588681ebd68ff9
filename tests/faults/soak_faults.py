"""The table that a soak draws its faults from. A fault is done on entering, and undone on leaving."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM, Signals
from threading import Thread, Timer

import psycopg
import redis

from core.store.session import sqlite_module
from tests.faults.soak_harm import TRAINER, Harmed
from tests.faults.world import LEASE_SECONDS

Do = Callable[[Harmed, float], AbstractContextManager[None]]

WORKER, DISPATCHER, API = "-m worker.main", "-m worker.dispatcher", "-m app.serve"
BROKER, SUPERVISOR, DATABASE = "unixsocket:", "billiard.spawn", "the database"
# What the launcher keeps alive, up to a number of deaths a minute.
KEPT = (WORKER, DISPATCHER, API, BROKER)
# How many attempts end with a process: those of every slot with the whole worker.
CUT_SHORT = {WORKER: 4, SUPERVISOR: 1}
GARBAGE = (b"garbage", b"{}", b"\xff", b'{"body": "gASVCg==", "headers": {}}', b'{"properties": []}')
LOCKED_SECONDS = 3.0
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
)


@dataclass(frozen=True)
class Fault:
    """Whom it befalls, and how. Its number, from 0 to 1, chooses one of several, and how long it lasts."""

    victim: str
    do: Do


def sent(mark: str, *signals: Signals, group: bool = False) -> Fault:
    """One process, or its whole group, gets signals."""

    @contextmanager
    def do(harmed: Harmed, chance: float) -> Iterator[None]:
        if mark in KEPT:
            harmed.may_die(mark)
        harmed.cut_short += CUT_SHORT.get(mark, 0)
        harmed.send(harmed.victim(mark, chance), *signals, group=group)
        yield

    return Fault(mark, do)


def frozen(mark: str, shortest: float, longest: float) -> Fault:
    """One process stands still while the stage lasts, and for so many seconds."""

    @contextmanager
    def do(harmed: Harmed, chance: float) -> Iterator[None]:
        pid, began = harmed.victim(mark, chance), time.monotonic()
        harmed.send(pid, SIGSTOP)
        try:
            yield
            time.sleep(max(0.0, began + shortest + (longest - shortest) * chance - time.monotonic()))
        finally:
            harmed.send(pid, SIGCONT)

    return Fault(mark, do)


@contextmanager
def broker_away(harmed: Harmed, chance: float) -> Iterator[None]:
    """For some seconds: as long the launcher stands still, and revives nothing."""
    harmed.may_die(BROKER)
    launcher, broker = harmed.world.service.launcher.pid, harmed.victim(BROKER, chance)
    harmed.send(launcher, SIGSTOP)
    harmed.send(broker, SIGKILL)
    # However long the stage takes: an API that died meanwhile answers nothing before that.
    wakes = Timer(1 + 3 * chance, harmed.send, (launcher, SIGCONT))
    wakes.start()
    try:
        yield
    finally:
        wakes.join()


@contextmanager
def broker_forgets(harmed: Harmed, chance: float) -> Iterator[None]:
    with suppress(redis.RedisError), redis.Redis(unix_socket_path=harmed.broker_socket) as connection:
        connection.flushall()
    yield


@contextmanager
def broker_lies(harmed: Harmed, chance: float) -> Iterator[None]:
    with suppress(redis.RedisError), redis.Redis(unix_socket_path=harmed.broker_socket) as connection:
        connection.lpush("train", *GARBAGE)
    yield


@contextmanager
def database_hindered(harmed: Harmed, chance: float) -> Iterator[None]:
    """PostgreSQL drops every connection; SQLite is locked by somebody else for a while."""
    url = harmed.world.url
    hinder = _lock if url.startswith("sqlite") else _cut
    thread = Thread(target=hinder, args=(url, LOCKED_SECONDS * chance))
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _cut(url: str, seconds: float) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(CUT, (connection.info.backend_pid,))


def _lock(url: str, seconds: float) -> None:
    path = url.removeprefix("sqlite:///")
    with closing(sqlite_module().connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")


FAULTS = {
    "nothing": Fault("nobody", lambda *_: nullcontext()),
    "trainer killed": sent(TRAINER, SIGKILL),
    "trainer frozen for ever": sent(TRAINER, SIGSTOP),
    "supervisor killed": sent(SUPERVISOR, SIGKILL),
    "supervisor dozing": frozen(SUPERVISOR, 0.2, LEASE_SECONDS / 2),
    "supervisor frozen past its lease": frozen(SUPERVISOR, LEASE_SECONDS * 1.1, LEASE_SECONDS * 2),
    "worker killed": sent(WORKER, SIGKILL),
    "worker group killed": sent(WORKER, SIGKILL, group=True),
    "worker frozen": frozen(WORKER, 0.5, 4),
    "worker drained": sent(WORKER, SIGTERM),
    "worker told twice to go": sent(WORKER, SIGTERM, SIGTERM),
    "worker group told to go": sent(WORKER, SIGTERM, group=True),
    "dispatcher killed": sent(DISPATCHER, SIGKILL),
    "dispatcher frozen": frozen(DISPATCHER, 0.5, LEASE_SECONDS * 2),
    "API killed": sent(API, SIGKILL),
    "API told to go": sent(API, SIGTERM),
    "broker killed": sent(BROKER, SIGKILL),
    "broker frozen": frozen(BROKER, 0.5, 4),
    "broker away": Fault(BROKER, broker_away),
    "broker forgets": Fault(BROKER, broker_forgets),
    "broker lies": Fault(BROKER, broker_lies),
    "database hindered": Fault(DATABASE, database_hindered),
}
