"""A supervisor with a real trainer process (the stand-in) and a real database."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import LeaseLost
from core.lifecycle import Action
from core.store import events, jobs, logs, metrics
from tests.polling import eventually
from tests.stand_in_trainer import STEPS
from tests.worker.supervising import Bench, claimed, in_background, trainers
from worker.holding import Holding


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


def test_a_trainer_that_aborts_is_a_coded_failure_that_may_be_repeated(bench: Bench) -> None:
    outcome = bench.run(claimed(bench.database, "crash"))

    assert outcome.kind == "failed"
    assert outcome.error is not None
    assert outcome.error["code"] == "trainer_died"
    assert "signal 6" in outcome.error["detail"]
    assert outcome.error["retryable"] is True


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


def test_a_trainer_that_is_deaf_to_a_drain_is_killed_and_its_job_given_back(bench: Bench) -> None:
    holding = Holding(bench.place.holding.drain, drain_seconds=0.5)
    hasty = Bench(bench.database, bench.files, bench.settings, replace(bench.place, holding=holding))
    thread, ends = in_background(hasty, claimed(bench.database, "deaf"))
    eventually(lambda: trainers(bench.place.folder))

    holding.drain.touch()
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

    # Nothing in the moment in which the new process takes the place of its parent's image.
    environment = eventually(Path(f"/proc/{pid}/environ").read_bytes)
    thread.join()

    assert b"canary" not in environment
    assert b"PATH=" in environment
    assert f"TMPDIR={bench.place.folder}\0".encode() in environment


@pytest.mark.parametrize(("name", "count"), [("plain", STEPS), ("crash", STEPS // 2 + 1)])
def test_only_a_result_ends_what_an_earlier_attempt_measured_further_on(
    bench: Bench, name: str, count: int
) -> None:
    attempt = claimed(bench.database, name)
    further = {"name": "train/loss", "step": 2 * STEPS, "epoch": 1.0, "seconds": 1.0, "value": 0.1}
    with bench.database.writing() as session:
        metrics.write(session, attempt.job_id, [further])

    bench.run(attempt)

    with bench.database.reading() as session:
        loss = next(m for m in metrics.summaries(session, attempt.job_id) if m.name == "train/loss")
    assert loss.count == count
