"""A supervisor with a real trainer process (the stand-in) and a real database."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import CheckpointUnreadable, LeaseLost
from core.files import FileStore
from core.lifecycle import Action, JobState
from core.settings import Settings
from core.spec import JobSpec
from core.store import attempts, checkpoints, events, jobs, logs, metrics
from core.store.attempts import Claimed
from core.store.session import Database
from tests.polling import eventually
from tests.stand_in_trainer import CHECKPOINT_EVERY, STEPS, student_after
from worker.outcome import Outcome
from worker.resumption import lay_ready
from worker.supervisor import Place, Supervisor


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


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@dataclass(frozen=True)
class Bench:
    """What a supervisor needs, on one database."""

    database: Database
    files: FileStore
    settings: Settings
    place: Place

    def run(self, attempt: Claimed) -> Outcome:
        going_on = lay_ready(self.database, self.files, attempt, self.place.folder)
        supervisor = Supervisor(self.database, self.files, self.settings, attempt, self.place)
        return supervisor.run(going_on)

    def act(self, attempt: Claimed, action: Action) -> None:
        with self.database.writing() as session:
            jobs.act(session, jobs.get(session, attempt.job_id, "me"), action)

    def give_back(self, attempt: Claimed) -> Claimed:
        """Queue the job again, and claim it anew."""
        with self.database.writing() as session:
            attempts.finish(session, attempt, JobState.QUEUED, "suspended")
            again = attempts.claim(session, "another worker", "host", gpus=0)
        assert again is not None
        return again


@pytest.fixture
def bench(database: Database, files: FileStore, settings: Settings, place: Place) -> Bench:
    return Bench(database, files, settings, place)


def in_background(bench: Bench, attempt: Claimed) -> tuple[threading.Thread, list[object]]:
    ends: list[object] = []

    def run() -> None:
        try:
            ends.append(bench.run(attempt))
        except LeaseLost as end:
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


def student(outcome: Outcome) -> str:
    return next(f.path for f in outcome.files if f.name == "student.safetensors").read_text()


def test_what_the_trainer_says_is_stored(bench: Bench) -> None:
    attempt = claimed(bench.database, "plain")

    outcome = bench.run(attempt)

    assert outcome.kind == "succeeded"
    assert outcome.summary is not None
    assert outcome.summary["student_accuracy"] == 0.8
    assert [produced.name for produced in outcome.files] == ["student.safetensors", "report.json"]
    with bench.database.reading() as session:
        loss = next(m for m in metrics.summaries(session, attempt.job_id) if m.name == "train/loss")
        lines = [line.text for line in logs.tail(session, attempt.job_id, 100)]
        kinds = {event.kind for event in events.after(session, attempt.job_id, 0)}
        job = jobs.get(session, attempt.job_id, "me")
    assert (loss.count, loss.first, loss.last) == (20, 1.0, 0.05)
    assert lines == [f"step {step}" for step in range(1, 21)]
    assert kinds == {"state", "phase", "metrics", "progress"}
    assert job.progress is not None
    assert job.progress["fraction"] == 1.0


def test_a_wish_to_cancel_reaches_the_trainer(bench: Bench) -> None:
    attempt = claimed(bench.database, "plain")
    thread, ends = in_background(bench, attempt)
    eventually(lambda: trainers(bench.place.folder))

    bench.act(attempt, Action.CANCEL)
    thread.join()

    assert [getattr(end, "kind", end) for end in ends] == ["cancelled"]


def test_a_wish_to_stop_ends_early_and_well(bench: Bench) -> None:
    attempt = claimed(bench.database, "plain 20")
    thread, ends = in_background(bench, attempt)
    eventually(lambda: trainers(bench.place.folder))

    bench.act(attempt, Action.STOP)
    thread.join()

    assert [getattr(end, "kind", end) for end in ends] == ["succeeded"]


def test_a_paused_job_goes_on_from_its_checkpoint_as_if_nothing_had_been(bench: Bench) -> None:
    attempt = claimed(bench.database, "plain")
    thread, ends = in_background(bench, attempt)
    eventually(lambda: trainers(bench.place.folder))

    bench.act(attempt, Action.PAUSE)
    thread.join()
    bench.act(attempt, Action.RESUME)
    outcome = bench.run(bench.give_back(attempt))

    assert [getattr(end, "kind", end) for end in ends] == ["suspended"]
    assert student(outcome) == student_after(STEPS)


def test_a_trainer_that_aborts_is_a_coded_failure_that_may_be_repeated(bench: Bench) -> None:
    outcome = bench.run(claimed(bench.database, "crash"))

    assert outcome.kind == "failed"
    assert outcome.error is not None
    assert outcome.error["code"] == "trainer_died"
    assert "signal 6" in outcome.error["detail"]
    assert outcome.error["retryable"] is True


def test_what_crashed_goes_on_from_its_last_checkpoint(bench: Bench) -> None:
    attempt = claimed(bench.database, "crash once")
    crashed = bench.run(attempt)
    with bench.database.reading() as session:
        kept = [c.sequence for c in checkpoints.newest(session, attempt.job_id, "training")]

    outcome = bench.run(bench.give_back(attempt))

    assert crashed.kind == "failed"
    assert kept == [2 * CHECKPOINT_EVERY, CHECKPOINT_EVERY]
    assert student(outcome) == student_after(STEPS)


def test_a_damaged_checkpoint_is_told_of_and_the_one_before_is_taken(bench: Bench) -> None:
    attempt = claimed(bench.database, "crash once")
    bench.run(attempt)
    damage(bench, attempt, newest_only=True)

    outcome = bench.run(bench.give_back(attempt))

    assert student(outcome) == student_after(STEPS)
    with bench.database.reading() as session:
        told = [e.data for e in events.after(session, attempt.job_id, 0) if e.kind == "checkpoint_damaged"]
    assert [data["sequence"] for data in told] == [2 * CHECKPOINT_EVERY]


def test_with_every_checkpoint_damaged_the_job_does_not_start_anew_in_silence(bench: Bench) -> None:
    attempt = claimed(bench.database, "crash once")
    bench.run(attempt)
    damage(bench, attempt, newest_only=False)

    with pytest.raises(CheckpointUnreadable):
        bench.run(bench.give_back(attempt))


def damage(bench: Bench, attempt: Claimed, *, newest_only: bool) -> None:
    with bench.database.reading() as session:
        found = checkpoints.newest(session, attempt.job_id, "training")
    for checkpoint in found[:1] if newest_only else found:
        bench.files.path(checkpoint.digest).write_bytes(b"bit rot")


def test_a_trainer_that_makes_no_step_is_killed(bench: Bench) -> None:
    quick = bench.settings.model_copy(update={"stall_seconds": 1.0})
    hasty = Bench(bench.database, bench.files, quick, bench.place)

    outcome = hasty.run(claimed(bench.database, "hang"))

    assert outcome.error is not None
    assert outcome.error["code"] == "trainer_hung"
    assert outcome.error["retryable"] is True
    assert trainers(bench.place.folder) == []


def test_an_error_that_the_trainer_explains_is_passed_on(bench: Bench) -> None:
    outcome = bench.run(claimed(bench.database, "diverge"))

    assert outcome.error is not None
    assert outcome.error["code"] == "diverged"
    assert outcome.error["phase"] == "distil"
    assert outcome.error["retryable"] is False
    assert "learning_rate" in outcome.error["hint"]


def test_a_drain_makes_the_trainer_write_a_checkpoint_and_leaves_no_process(bench: Bench) -> None:
    attempt = claimed(bench.database, "plain")
    thread, ends = in_background(bench, attempt)
    eventually(lambda: trainers(bench.place.folder))

    bench.place.drain.touch()
    thread.join()

    assert [getattr(end, "kind", end) for end in ends] == ["suspended"]
    assert trainers(bench.place.folder) == []
    with bench.database.reading() as session:
        assert checkpoints.newest(session, attempt.job_id, "training")


def test_a_trainer_that_is_deaf_to_a_drain_is_killed_and_its_job_given_back(bench: Bench) -> None:
    quick = bench.settings.model_copy(update={"drain_seconds": 0.5})
    hasty = Bench(bench.database, bench.files, quick, bench.place)
    thread, ends = in_background(hasty, claimed(bench.database, "deaf"))
    eventually(lambda: trainers(bench.place.folder))

    bench.place.drain.touch()
    thread.join()

    assert [getattr(end, "kind", end) for end in ends] == ["suspended"]
    assert trainers(bench.place.folder) == []


def test_a_stale_attempt_kills_its_trainer_and_writes_nothing(bench: Bench) -> None:
    attempt = claimed(bench.database, "hang")
    thread, ends = in_background(bench, attempt)
    eventually(lambda: trainers(bench.place.folder))

    bench.give_back(attempt)
    thread.join()

    assert isinstance(ends[0], LeaseLost)
    assert trainers(bench.place.folder) == []


def test_the_trainer_sees_no_secret(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_DATABASE_URL", "postgresql://canary")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    thread, _ = in_background(bench, claimed(bench.database, "plain"))
    (pid,) = eventually(lambda: trainers(bench.place.folder))

    environment = Path(f"/proc/{pid}/environ").read_bytes()
    thread.join()

    assert b"canary" not in environment
    assert b"PATH=" in environment
