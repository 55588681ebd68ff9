"""Ends an attempt: files first, then one transaction that makes everything visible."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from core import clock, faults
from core.errors import DiskFull, StoreUnavailable
from core.files import Blob, FileStore
from core.lifecycle import JobState
from core.store import artifacts, attempts, checkpoints
from core.store.attempts import Claimed
from core.store.session import Database
from worker import recipes
from worker.holding import RETRY_SECONDS, Holding
from worker.outcome import Outcome
from worker.publication import Row, uploaded
from worker.retry import after_failure, counted_as

log = logging.getLogger("distillery.worker")


def conclude(
    database: Database, files: FileStore, attempt: Claimed, outcome: Outcome, holding: Holding
) -> None:
    """Readers see either nothing of the end or all of it.

    LeaseLost    nothing was written: the job belongs to a newer attempt
    DiskFull, FilesUnavailable    there was no place for the result, although it was long waited for
    """
    rows = uploaded(database, files, attempt, outcome, holding)
    faults.point("tasks.uploaded")
    to, values = _next(attempt, outcome)
    taught = recipes.trained_teacher(outcome)

    def write() -> JobState:
        with database.writing() as session:
            artifacts.record(session, attempt.job_id, attempt.number, rows)
            ended = attempts.finish(session, attempt, to, outcome.kind, error=outcome.error, **values)
            if ended is JobState.SUCCEEDED:
                checkpoints.drop(session, attempt.job_id)
                if taught is not None:
                    recipes.register(session, attempt, outcome, taught, _blob(rows, recipes.TEACHER))
            return ended

    ended = until_stored(write, holding)
    faults.point("tasks.finished")
    log.info("job %s attempt %d %s: now %s", attempt.job_id, attempt.number, outcome.kind, ended)


def _blob(rows: list[Row], name: str) -> Blob:
    """The file of that name, as it was stored."""
    row = next(row for row in rows if row["name"] == name)
    return Blob(str(row["digest"]), int(str(row["bytes"])))


def _next(attempt: Claimed, outcome: Outcome) -> tuple[JobState, dict[str, Any]]:
    """Where the job goes, as far as the attempt has a say; the person's wish may change it yet."""
    match outcome.kind:
        case "suspended":
            return JobState.QUEUED, {"drains": attempt.drains + 1}
        case "failed":
            assert outcome.error is not None, "a failure has a cause"
            code = outcome.error["code"]
            counted = counted_as(code)
            count = getattr(attempt, counted) + 1
            follows = after_failure(bool(outcome.error["retryable"]), code, count)
            waits = clock.now() + timedelta(seconds=follows.delay_seconds) if follows.delay_seconds else None
            return follows.state, {counted: count, "not_before": waits}
        case kind:
            return JobState(kind), {"summary": outcome.summary}


def until_stored(write: Callable[[], JobState], holding: Holding) -> JobState:
    """Try until the database answers: a result must not be lost to a short outage."""
    started = time.monotonic()
    while True:
        try:
            return write()
        except (StoreUnavailable, DiskFull):
            if holding.is_over(started):
                raise
            time.sleep(RETRY_SECONDS)
