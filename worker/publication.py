"""Puts the files of an attempt into the store, before anyone is told of them."""

import logging
import time

from core.errors import DiskFull, DistilleryError, FilesUnavailable, StoreUnavailable
from core.files import FileStore
from core.lifecycle import Wish
from core.store import attempts, events
from core.store.attempts import Claimed
from core.store.session import Database
from worker.holding import RETRY_SECONDS, Holding
from worker.outcome import Outcome, ProducedFile

MEDIA_TYPES = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".html": "text/html; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
}
Row = dict[str, object]

log = logging.getLogger("distillery.worker")


def uploaded(
    database: Database, files: FileStore, attempt: Claimed, outcome: Outcome, holding: Holding
) -> list[Row]:
    """The rows that will name them. A result waits for space; every other end goes without its files.

    LeaseLost                     the job belongs to a newer attempt
    DiskFull, FilesUnavailable    there was no place in all the time, or the person no longer wants it
    """
    started, told = time.monotonic(), False
    while True:
        try:
            return [_stored(files, produced) for produced in outcome.files]
        except (DiskFull, FilesUnavailable) as error:
            log.warning("job %s: its files can't be stored: %s", attempt.job_id, error.detail)
            if outcome.kind != "succeeded":
                return []
            told = told or _tell(database, attempt, error)
            if holding.is_over(started) or _is_cancelled(database, attempt):
                raise
        time.sleep(RETRY_SECONDS)


def _stored(files: FileStore, produced: ProducedFile) -> Row:
    blob = files.put(produced.path)
    media_type = MEDIA_TYPES.get(produced.path.suffix, "application/octet-stream")
    return {"name": produced.name, "digest": blob.digest, "bytes": blob.bytes, "media_type": media_type}


def _tell(database: Database, attempt: Claimed, error: DistilleryError) -> bool:
    """Say once what the job waits for; False where the database can't hear it either."""
    try:
        with database.writing() as session:
            attempts.beat(session, attempt)
            events.append(session, attempt.job_id, "waiting", {"code": error.code, "detail": error.detail})
    except (StoreUnavailable, DiskFull):
        return False
    return True


def _is_cancelled(database: Database, attempt: Claimed) -> bool:
    try:
        with database.writing() as session:
            return attempts.beat(session, attempt) is Wish.CANCEL
    except (StoreUnavailable, DiskFull):
        return False
