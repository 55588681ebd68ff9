"""A thousand queued jobs and twenty processes that claim: each job is claimed once."""

import multiprocessing
import time
from collections.abc import Callable

import pytest

from core.errors import StoreUnavailable
from core.spec import JobSpec
from core.store import attempts, jobs
from core.store.session import Database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

JOBS = 1000
PROCESSES = 20


def claim_all(url: str, name: str, results: "multiprocessing.Queue[list[str]]") -> None:
    """Claim until there is nothing left."""
    database = Database(url)
    claimed = []
    while True:
        try:
            with database.writing() as session:
                attempt = attempts.claim(session, name, "host", gpus=0)
        except StoreUnavailable:
            continue  # twenty processes write to one SQLite file: some wait for longer than its patience
        if attempt is None:
            break
        claimed.append(attempt.job_id)
    database.close()
    results.put(claimed)


def test_each_of_a_thousand_jobs_is_claimed_once(
    database: Database, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    with database.writing() as session:
        accepted = {jobs.submit(session, JobSpec(), "me").id for _ in range(JOBS)}
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    claimers = [
        context.Process(target=claim_all, args=(database_url, f"worker {n}", results))
        for n in range(PROCESSES)
    ]

    began = time.monotonic()
    for claimer in claimers:
        claimer.start()
    claimed = [job_id for _ in claimers for job_id in results.get(timeout=200)]
    seconds = time.monotonic() - began
    for claimer in claimers:
        claimer.join()

    record_property("claims_per_second", JOBS / seconds)
    assert len(claimed) == JOBS
    assert set(claimed) == accepted
