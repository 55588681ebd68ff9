"""How many jobs are worth a ring, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from core import clock
from core.store import jobs, workers
from core.store.session import Database
from core.store.tables import Job, Worker
from tests.builders import a_claim, a_job


def queued(database: Database) -> int:
    with database.reading() as session:
        return jobs.queued(session)


def a_worker(database: Database, worker_id: str, gpus: int) -> None:
    with database.writing() as session:
        workers.seen(session, worker_id, host="host", pid=1, gpus=gpus, slots=1)


def needs(database: Database, gpus: int) -> str:
    """A job for so many GPUs: more of them than one can't be asked for yet."""
    job_id = a_job(database)
    with database.writing() as session:
        session.execute(update(Job).where(Job.id == job_id).values(gpus=gpus))
    return job_id


def test_what_needs_no_gpu_counts_without_any_worker(database: Database) -> None:
    a_job(database)
    needs(database, 1)

    assert queued(database) == 1


@pytest.mark.parametrize("gpus", [0, 1, 2, 4])
def test_what_counts_is_what_the_best_worker_could_claim(database: Database, gpus: int) -> None:
    for needed in (0, 1, 1, 2, 4):
        needs(database, needed)
    a_worker(database, "wrk_a", 0)
    a_worker(database, "wrk_b", gpus)

    count = queued(database)

    claimed = []
    while (claim := a_claim(database, gpus=gpus)) is not None:
        claimed.append(claim)
    assert count == len(claimed)
    assert queued(database) == 0


def test_a_worker_that_fell_silent_does_not_count(database: Database) -> None:
    needs(database, 1)
    a_worker(database, "wrk_a", 1)
    before = queued(database)

    with database.writing() as session:
        past = clock.now() - workers.SILENT_AFTER - timedelta(seconds=1)
        session.execute(update(Worker).values(seen_at=past))

    assert (before, queued(database)) == (1, 0)


def test_what_is_not_yet_due_does_not_count(database: Database) -> None:
    job_id = a_job(database)
    with database.writing() as session:
        later = clock.now() + timedelta(hours=1)
        session.execute(update(Job).where(Job.id == job_id).values(not_before=later))

    assert queued(database) == 0
