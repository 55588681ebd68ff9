"""What is counted when an attempt fails, and where its job goes."""

from datetime import timedelta

import pytest

from core import clock
from core.files import FileStore
from core.lifecycle import JobState
from core.store.attempts import Claimed
from core.store.session import Database
from core.store.tables import Job
from tests.builders import a_claim, a_running_job, stored
from worker import conclusion
from worker.holding import Holding
from worker.outcome import Outcome, failure
from worker.retry import LONGEST_DELAY_SECONDS, MAX_FAILURES, MAX_LOSSES
from worker.supervisor import Place


class Life:
    """A job whose attempts fail one after the other."""

    def __init__(self, database: Database, files: FileStore, holding: Holding) -> None:
        self._database, self._files, self._holding = database, files, holding
        self._attempt: Claimed | None = a_running_job(database)
        self._job_id = self._attempt.job_id

    def fails(self, code: str) -> Job:
        """The job after it has failed so, and has been claimed again if it could be."""
        assert self._attempt is not None, "the job has ended"
        cause = failure(code, "it failed", phase=None, attempt=self._attempt.number)
        conclusion.conclude(
            self._database, self._files, self._attempt, Outcome("failed", error=cause), self._holding
        )
        job = stored(self._database, self._job_id)
        self._attempt = a_claim(self._database)
        return job


@pytest.fixture
def life(database: Database, files: FileStore, place: Place, monkeypatch: pytest.MonkeyPatch) -> Life:
    """On a clock by which every delay is over when it is looked at."""
    moments = iter(range(10_000))
    start, step = clock.now(), timedelta(seconds=LONGEST_DELAY_SECONDS)
    monkeypatch.setattr(clock, "now", lambda: start + next(moments) * step)
    return Life(database, files, place.holding)


def test_a_full_disk_takes_nothing_from_what_a_job_may_fail(life: Life) -> None:
    for _ in range(MAX_FAILURES):
        life.fails("disk_full")

    job = life.fails("trainer_died")

    assert (job.state, job.failures, job.losses) == (JobState.QUEUED, 1, MAX_FAILURES)


def test_failures_take_nothing_from_what_a_disk_may_be_full(life: Life) -> None:
    for _ in range(MAX_FAILURES - 1):
        life.fails("trainer_died")

    states = [life.fails("files_unavailable").state for _ in range(MAX_LOSSES)]

    assert states == [JobState.QUEUED] * (MAX_LOSSES - 1) + [JobState.FAILED]


def test_a_job_is_failed_by_its_own_failures(life: Life) -> None:
    states = [life.fails("trainer_died").state for _ in range(MAX_FAILURES)]

    assert states == [JobState.QUEUED] * (MAX_FAILURES - 1) + [JobState.FAILED]
