"""What an attempt produced, on a disk that is full: a folder that can't be written to stands for it."""

import threading
from pathlib import Path

import pytest

from core.errors import FilesUnavailable
from core.lifecycle import Action, JobState
from core.store import artifacts, events
from core.store.attempts import Claimed
from tests.builders import stored
from tests.polling import eventually
from tests.worker.supervising import Bench, claimed
from worker import holding, publication
from worker.conclusion import conclude
from worker.holding import Holding
from worker.outcome import Outcome, ProducedFile, failure


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "RETRY_SECONDS", 0.1)


@pytest.fixture
def produced(bench: Bench, tmp_path: Path) -> ProducedFile:
    """A file, and a store in whose place there is something else."""
    bench.files.root.write_text("in the way")
    (tmp_path / "report.json").write_text("{}")
    return ProducedFile("report.json", tmp_path / "report.json")


def told(bench: Bench, attempt: Claimed) -> list[str]:
    with bench.database.reading() as session:
        return [e.data["code"] for e in events.after(session, attempt.job_id, 0) if e.kind == "waiting"]


def _conclude(bench: Bench, attempt: Claimed, outcome: Outcome) -> None:
    conclude(bench.database, bench.files, attempt, outcome, bench.place.holding)


def concluding(bench: Bench, attempt: Claimed, produced: ProducedFile) -> threading.Thread:
    outcome = Outcome("succeeded", {}, files=(produced,))
    thread = threading.Thread(target=_conclude, args=(bench, attempt, outcome))
    thread.start()
    eventually(lambda: told(bench, attempt))
    return thread


def test_a_result_waits_for_a_place_and_says_so_once(bench: Bench, produced: ProducedFile) -> None:
    attempt = claimed(bench.database, "plain")
    thread = concluding(bench, attempt, produced)

    bench.files.root.unlink()
    thread.join()

    assert told(bench, attempt) == ["files_unavailable"]
    assert stored(bench.database, attempt.job_id).state == JobState.SUCCEEDED
    with bench.database.reading() as session:
        assert [a.name for a in artifacts.of_job(session, attempt.job_id)] == ["report.json"]


def test_a_result_does_not_wait_for_ever(
    bench: Bench, produced: ProducedFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "GRACE_SECONDS", 0.3)
    attempt = claimed(bench.database, "plain")

    with pytest.raises(FilesUnavailable):
        _conclude(bench, attempt, Outcome("succeeded", {}, files=(produced,)))

    assert stored(bench.database, attempt.job_id).state == JobState.RUNNING


def test_a_worker_that_must_end_does_not_wait(bench: Bench, produced: ProducedFile) -> None:
    attempt = claimed(bench.database, "plain")
    outcome = Outcome("succeeded", {}, files=(produced,))
    going = Holding(bench.place.holding.drain, drain_seconds=0.3)
    going.drain.touch()

    with pytest.raises(FilesUnavailable):
        conclude(bench.database, bench.files, attempt, outcome, going)


def test_a_cancelled_job_does_not_wait(bench: Bench, produced: ProducedFile) -> None:
    attempt = claimed(bench.database, "plain")
    bench.act(attempt, Action.CANCEL)

    with pytest.raises(FilesUnavailable):
        _conclude(bench, attempt, Outcome("succeeded", {}, files=(produced,)))


def test_a_failure_keeps_its_cause_though_its_files_are_lost(bench: Bench, produced: ProducedFile) -> None:
    attempt = claimed(bench.database, "plain")
    cause = failure("diverged", "loss is nan", phase="distil", attempt=1)

    _conclude(bench, attempt, Outcome("failed", error=cause, files=(produced,)))

    job = stored(bench.database, attempt.job_id)
    assert (job.state, job.error and job.error["code"]) == (JobState.FAILED, "diverged")
