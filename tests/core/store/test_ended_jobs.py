"""A trigger in the database itself: a defect of ours lets no ended job rise."""

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.lifecycle import FINISHED, NEXT, JobState
from core.store.session import Database
from tests.builders import a_job, stored

GUARDED = [(before, after) for before in sorted(FINISHED) for after in JobState if before != after]


def put(database: Database, job_id: str, state: JobState, retries: int = 0) -> None:
    """Write the state past all of our own rules."""
    statement = text("UPDATE jobs SET state = :state, retries = retries + :retries WHERE id = :id")
    with database.writing() as session:
        session.execute(statement, {"state": state, "retries": retries, "id": job_id})


@pytest.mark.parametrize(("before", "after"), GUARDED)
def test_no_ended_job_rises(database: Database, before: JobState, after: JobState) -> None:
    job_id = a_job(database)
    put(database, job_id, before)

    with pytest.raises(DBAPIError, match="an ended job stays ended"):
        put(database, job_id, after)

    assert stored(database, job_id).state == before


@pytest.mark.parametrize(("before", "after"), GUARDED)
def test_a_counted_retry_wakes_only_what_the_table_lets_wake(
    database: Database, before: JobState, after: JobState
) -> None:
    job_id = a_job(database)
    put(database, job_id, before)

    with suppress(DBAPIError):
        put(database, job_id, after, retries=1)

    assert (stored(database, job_id).state == after) == (after in NEXT[before])


@pytest.mark.parametrize("state", sorted(set(JobState) - FINISHED))
def test_what_has_not_ended_may_move(database: Database, state: JobState) -> None:
    job_id = a_job(database)
    put(database, job_id, state)

    put(database, job_id, JobState.CANCELLED)

    assert stored(database, job_id).state == JobState.CANCELLED
