"""A supervisor with a real trainer process (the stand-in) and a real database."""

import os
import threading
from pathlib import Path

import pytest

from core.errors import LeaseLost
from core.lifecycle import JobState
from core.settings import Settings
from core.spec import JobSpec
from core.store import attempts, events, jobs, logs, metrics
from core.store.attempts import Claimed
from core.store.session import Database
from tests.polling import eventually
from worker.supervisor import Drained, Place, Supervisor


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "attempt"
    folder.mkdir()
    return Place(folder, tmp_path / "data", tmp_path / "drain")


def claimed(database: Database, name: str) -> Claimed:
    with database.writing() as session:
        jobs.submit(session, JobSpec(name=name), "me")
        attempt = attempts.claim(session, "worker", "host", gpus=0)
    assert attempt is not None
    return attempt


def in_background(supervisor: Supervisor) -> tuple[threading.Thread, list[object]]:
    ends: list[object] = []

    def run() -> None:
        try:
            ends.append(supervisor.run())
        except (Drained, LeaseLost) as end:
            ends.append(end)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, ends


def trainers(folder: Path) -> list[int]:
    """Process ids of trainers that work in the folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd") == str(folder):
                found.append(int(pid))
        except OSError:
            continue
    return found


def test_what_the_trainer_says_is_stored(database: Database, settings: Settings, place: Place) -> None:
    attempt = claimed(database, "plain")

    outcome = Supervisor(database, settings, attempt, place).run()

    assert outcome.kind == "succeeded"
    assert outcome.summary is not None
    assert outcome.summary["student_accuracy"] == 0.8
    assert [produced.name for produced in outcome.files] == ["student.safetensors", "report.json"]
    with database.reading() as session:
        loss = next(m for m in metrics.summaries(session, attempt.job_id) if m.name == "train/loss")
        lines = [line.text for line in logs.tail(session, attempt.job_id, 100)]
        kinds = {event.kind for event in events.after(session, attempt.job_id, 0)}
        job = jobs.get(session, attempt.job_id, "me")
    assert (loss.count, loss.first, loss.last) == (20, 1.0, 0.05)
    assert lines == [f"step {step}" for step in range(1, 21)]
    assert kinds == {"state", "phase", "metrics", "progress"}
    assert job.progress is not None
    assert job.progress["fraction"] == 1.0


def test_a_wish_to_cancel_reaches_the_trainer(database: Database, settings: Settings, place: Place) -> None:
    attempt = claimed(database, "plain")
    thread, ends = in_background(Supervisor(database, settings, attempt, place))
    eventually(lambda: trainers(place.folder))

    with database.writing() as session:
        jobs.cancel(session, jobs.get(session, attempt.job_id, "me"))
    thread.join()

    assert [getattr(end, "kind", end) for end in ends] == ["cancelled"]


def test_a_trainer_that_aborts_is_a_coded_failure_that_may_be_repeated(
    database: Database, settings: Settings, place: Place
) -> None:
    outcome = Supervisor(database, settings, claimed(database, "crash"), place).run()

    assert outcome.kind == "failed"
    assert outcome.error is not None
    assert outcome.error["code"] == "trainer_died"
    assert "signal 6" in outcome.error["detail"]
    assert outcome.error["retryable"] is True


def test_an_error_that_the_trainer_explains_is_passed_on(
    database: Database, settings: Settings, place: Place
) -> None:
    outcome = Supervisor(database, settings, claimed(database, "diverge"), place).run()

    assert outcome.error is not None
    assert outcome.error["code"] == "diverged"
    assert outcome.error["phase"] == "distil"
    assert outcome.error["retryable"] is False
    assert "learning_rate" in outcome.error["hint"]


def test_a_drain_ends_the_trainer_and_leaves_no_process(
    database: Database, settings: Settings, place: Place
) -> None:
    thread, ends = in_background(Supervisor(database, settings, claimed(database, "plain"), place))
    eventually(lambda: trainers(place.folder))

    place.drain.touch()
    thread.join()

    assert isinstance(ends[0], Drained)
    assert trainers(place.folder) == []


def test_a_stale_attempt_kills_its_trainer_and_writes_nothing(
    database: Database, settings: Settings, place: Place
) -> None:
    attempt = claimed(database, "hang")
    thread, ends = in_background(Supervisor(database, settings, attempt, place))
    eventually(lambda: trainers(place.folder))

    with database.writing() as session:
        job = jobs.get(session, attempt.job_id, "me")
        jobs.move(session, job, JobState.QUEUED)
        attempts.claim(session, "another worker", "host", gpus=0)
    thread.join()

    assert isinstance(ends[0], LeaseLost)
    assert trainers(place.folder) == []


def test_the_trainer_sees_no_secret(
    database: Database, settings: Settings, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_DATABASE_URL", "postgresql://canary")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    thread, _ = in_background(Supervisor(database, settings, claimed(database, "plain"), place))
    (pid,) = eventually(lambda: trainers(place.folder))

    environment = Path(f"/proc/{pid}/environ").read_bytes()
    thread.join()

    assert b"canary" not in environment
    assert b"PATH=" in environment
