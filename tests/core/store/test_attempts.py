"""Claim, heartbeat, finish: one worker owns a job at a time, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from core import clock
from core.errors import LeaseLost
from core.lifecycle import JobState, Wish
from core.store import artifacts, attempts
from core.store.attempts import Claimed
from core.store.session import Database
from core.store.tables import Attempt, Job
from tests.builders import WORKER, a_claim, a_job, a_running_job, cancel, finish, lose, stored


def beat(database: Database, attempt: Claimed, **values: Any) -> Wish | None:
    with database.writing() as session:
        return attempts.beat(session, attempt, **values)


def tries(database: Database, job_id: str) -> list[Attempt]:
    with database.reading() as session:
        query = select(Attempt).where(Attempt.job_id == job_id).order_by(Attempt.number)
        return list(session.scalars(query))


def claimed_ids(database: Database) -> list[str]:
    """Claim until nothing is left."""
    found = []
    while attempt := a_claim(database):
        found.append(attempt.job_id)
    return found


def test_a_claim_makes_the_job_ones_own(database: Database) -> None:
    job_id = a_job(database)

    attempt = a_claim(database)

    assert attempt is not None
    job = stored(database, job_id)
    assert (attempt.job_id, attempt.number) == (job_id, 1)
    assert attempt.resolved == job.resolved
    assert (job.state, job.attempt, job.lease_owner, job.phase) == (JobState.RUNNING, 1, WORKER, "start")
    (tried,) = tries(database, job_id)
    assert (tried.number, tried.worker_id, tried.host, tried.ended_at) == (1, WORKER, "host", None)


def test_there_may_be_nothing_to_claim(database: Database) -> None:
    assert a_claim(database) is None


def test_the_most_urgent_job_runs_first_then_the_oldest(database: Database) -> None:
    old, urgent, new, idle = (
        a_job(database), a_job(database, priority=90), a_job(database), a_job(database, priority=10),
    )  # fmt: skip

    assert claimed_ids(database) == [urgent, old, new, idle]


@pytest.mark.parametrize(("gpus", "taken"), [(0, ["auto", "none"]), (1, ["auto", "none", "one"])])
def test_a_worker_takes_only_what_it_can_run(database: Database, gpus: int, taken: list[str]) -> None:
    a_job(database, name="auto")
    a_job(database, name="none", resources={"gpus": 0})
    a_job(database, name="one", resources={"gpus": 1})

    found = []
    while attempt := a_claim(database, gpus=gpus):
        found.append(stored(database, attempt.job_id).name)

    assert found == taken


def test_a_job_that_waits_for_its_next_try_is_left_alone(database: Database) -> None:
    later, due = a_job(database, priority=100), a_job(database)
    for job_id, seconds in ((later, 60), (due, -1)):
        with database.writing() as session:
            moment = clock.now() + timedelta(seconds=seconds)
            session.execute(update(Job).where(Job.id == job_id).values(not_before=moment))

    assert claimed_ids(database) == [due]


def test_a_heartbeat_writes_what_is_new_and_brings_back_the_wish(database: Database) -> None:
    attempt = a_running_job(database)

    assert beat(database, attempt, phase="distil", progress={"fraction": 0.5}) is None
    cancel(database, attempt.job_id)

    assert beat(database, attempt) is Wish.CANCEL
    job = stored(database, attempt.job_id)
    assert (job.heartbeat, job.phase, job.progress) == (2, "distil", {"fraction": 0.5})


@pytest.mark.parametrize("to", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.QUEUED])
def test_the_end_of_an_attempt_moves_the_job(database: Database, to: JobState) -> None:
    attempt = a_running_job(database)
    error = {"code": "diverged"} if to is JobState.FAILED else None

    finish(database, attempt, to, error=error)

    job = stored(database, attempt.job_id)
    assert (job.state, job.error, job.lease_owner) == (to, error, None)
    assert (job.finished_at is None) == (to is JobState.QUEUED)
    (tried,) = tries(database, attempt.job_id)
    assert (tried.outcome, tried.error) == (to, error)
    assert tried.ended_at is not None


def superseded(database: Database) -> Claimed:
    """An attempt whose job another worker holds by now."""
    old = a_running_job(database)
    lose(database, old)
    assert a_claim(database, worker="wrk_b") is not None
    return old


def ended(database: Database) -> Claimed:
    """An attempt whose job has been cancelled under it, as by the dispatcher."""
    old = a_running_job(database)
    cancel(database, old.job_id)
    finish(database, old)
    return old


def given_back(database: Database) -> Claimed:
    """An attempt whose job waits again."""
    old = a_running_job(database)
    lose(database, old)
    return old


WRITES: dict[str, Callable[[Database, Claimed], Any]] = {
    "beat": beat,
    "beat with values": lambda database, attempt: beat(database, attempt, phase="stale"),
    "succeed": finish,
    "fail": lambda database, attempt: finish(database, attempt, JobState.FAILED, error={"code": "stale"}),
    "give back": lambda database, attempt: finish(database, attempt, JobState.QUEUED),
}


@pytest.mark.parametrize("stale", [superseded, ended, given_back])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_who_lost_the_lease_writes_nothing(
    database: Database, stale: Callable[[Database], Claimed], write: Callable[[Database, Claimed], Any]
) -> None:
    attempt = stale(database)
    before = vars(stored(database, attempt.job_id)) | {"_sa_instance_state": None}
    tried = [(a.number, a.outcome, a.ended_at) for a in tries(database, attempt.job_id)]

    with pytest.raises(LeaseLost):
        write(database, attempt)

    assert vars(stored(database, attempt.job_id)) | {"_sa_instance_state": None} == before
    assert [(a.number, a.outcome, a.ended_at) for a in tries(database, attempt.job_id)] == tried


def test_who_lost_the_lease_publishes_nothing(database: Database) -> None:
    """Files are recorded in the transaction that ends the attempt: all of it, or nothing."""
    attempt = superseded(database)
    row = {"name": "student.pt", "digest": "a", "bytes": 1, "media_type": "x"}

    def publish() -> None:
        with database.writing() as session:
            artifacts.record(session, attempt.job_id, attempt.number, [row])
            attempts.finish(session, attempt, JobState.SUCCEEDED, "succeeded")

    with pytest.raises(LeaseLost):
        publish()

    with database.reading() as session:
        assert artifacts.of_job(session, attempt.job_id) == []
