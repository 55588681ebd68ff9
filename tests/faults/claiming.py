"""Many processes that claim queued jobs at once, until there are none left."""

import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from core.errors import StoreUnavailable
from core.spec import JobSpec
from core.store import attempts, jobs
from core.store.session import Database

LONGEST_SECONDS = 200.0
JOIN_SECONDS = 10.0


@dataclass(frozen=True)
class Claims:
    """What was claimed by all, one entry a claim; and the seconds from the first claim to the last."""

    job_ids: list[str]
    seconds: float


def submit(database: Database, count: int) -> set[str]:
    with database.writing() as session:
        return {jobs.submit(session, JobSpec(), "me").id for _ in range(count)}


def claim_all(database_url: str, processes: int) -> Claims:
    """Let so many processes claim everything; they start before the clock does."""
    context = multiprocessing.get_context("spawn")
    results, all_there = context.Queue(), context.Barrier(processes + 1)
    claimers = [
        context.Process(target=_claim, args=(database_url, f"worker {n}", all_there, results), daemon=True)
        for n in range(processes)
    ]
    try:
        for claimer in claimers:
            claimer.start()
        all_there.wait(LONGEST_SECONDS)
        began = time.monotonic()
        claimed = [job_id for _ in claimers for job_id in results.get(timeout=LONGEST_SECONDS)]
        seconds = time.monotonic() - began
    finally:
        _end(claimers)
    return Claims(claimed, seconds)


def _end(claimers: list[SpawnProcess]) -> None:
    """Those that have told what they claimed end by themselves."""
    for claimer in claimers:
        claimer.join(JOIN_SECONDS)
        if claimer.is_alive():
            claimer.kill()
            claimer.join()


def _claim(url: str, name: str, all_there: Barrier, results: "Queue[list[str]]") -> None:
    database, claimed = Database(url), []
    database.check()
    all_there.wait(LONGEST_SECONDS)
    deadline = time.monotonic() + LONGEST_SECONDS
    while True:
        try:
            with database.writing() as session:
                attempt = attempts.claim(session, name, "host", gpus=0)
        except StoreUnavailable:
            # Of twenty that write to one SQLite file, some wait for longer than its patience.
            if time.monotonic() > deadline:
                raise
            continue
        if attempt is None:
            break
        claimed.append(attempt.job_id)
    database.close()
    results.put(claimed)
