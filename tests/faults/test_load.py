"""Row 52 of the fault matrix: a thousand queued jobs and twenty processes that claim."""

import pytest
from sqlalchemy import select

from core.store.session import Database
from core.store.tables import Attempt, Job
from tests.faults.claiming import claim_all, submit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

JOBS = 1000
PROCESSES = 20


def test_each_of_a_thousand_jobs_is_claimed_once(database: Database, database_url: str) -> None:
    accepted = submit(database, JOBS)

    claims = claim_all(database_url, PROCESSES)

    assert len(claims.job_ids) == JOBS
    assert set(claims.job_ids) == accepted
    with database.reading() as session:
        tried = session.execute(select(Attempt.job_id, Attempt.number)).all()
        owned = session.scalars(select(Job.id).filter_by(state="running", attempt=1)).all()
    assert len(tried) == JOBS
    assert {(row.job_id, row.number) for row in tried} == {(job_id, 1) for job_id in accepted}
    assert set(owned) == accepted
