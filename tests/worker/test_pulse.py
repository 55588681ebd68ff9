"""The lease of a task that has no loop is renewed from the side, for as long as the task lives."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.store import attempts
from core.store.attempts import Claimed
from core.store.session import Database
from tests.builders import a_running_job, stored
from tests.polling import eventually
from worker import holding
from worker.holding import Holding
from worker.pulse import SILENT_SECONDS, Pulse

LEASE_SECONDS = 0.1


class Clock:
    """Moves when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(holding, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def attempt(database: Database) -> Claimed:
    return a_running_job(database)


@pytest.fixture
def looked_at(clock: Clock, tmp_path: Path) -> Holding:
    return Holding(tmp_path / "drain", 30.0)


@pytest.fixture
def given_up() -> threading.Event:
    return threading.Event()


@pytest.fixture(autouse=True)
def _pulse(
    database: Database, attempt: Claimed, looked_at: Holding, given_up: threading.Event
) -> Iterator[None]:
    with Pulse(database, attempt, LEASE_SECONDS, looked_at, given_up.set, attempts.beat):
        yield


def beats(database: Database, attempt: Claimed) -> int:
    return stored(database, attempt.job_id).heartbeat


def test_a_task_that_hangs_is_given_up(
    database: Database,
    attempt: Claimed,
    clock: Clock,
    given_up: threading.Event,
    caplog: pytest.LogCaptureFixture,
) -> None:
    eventually(lambda: beats(database, attempt) > 1)

    clock.now = SILENT_SECONDS + 1

    assert given_up.wait(10)
    eventually(lambda: all(thread.name != "pulse" for thread in threading.enumerate()), 10)
    assert "hangs" in caplog.text


def test_a_task_that_looks_around_keeps_its_lease_for_ever(
    database: Database, attempt: Claimed, clock: Clock, looked_at: Holding
) -> None:
    for _ in range(5):
        clock.now += SILENT_SECONDS - 1
        looked_at.is_over(since=0.0)
        before = beats(database, attempt)

        # Two: one of them may have been on its way already.
        assert eventually(lambda before=before: beats(database, attempt) > before + 1)
