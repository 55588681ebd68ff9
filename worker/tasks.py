"""run_job: claim, supervise, publish, finish. The message only says that there may be work."""

import logging
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

from billiard import current_process
from celery import shared_task

from core import clock
from core.errors import DistilleryError, LeaseLost, StoreUnavailable
from core.files import FileStore
from core.lifecycle import JobState
from core.settings import Settings
from core.store import artifacts, attempts
from core.store.attempts import Claimed
from core.store.session import Database
from worker import devices
from worker.materials import lay_ready
from worker.outcome import Outcome, failure_of
from worker.queue import RUN_JOB
from worker.retry import after_failure
from worker.supervisor import Drained, Place, Supervisor

MEDIA_TYPES = {".json": "application/json", ".csv": "text/csv", ".safetensors": "application/octet-stream"}
STORE_GRACE_SECONDS = 900.0
Result = TypeVar("Result")

log = logging.getLogger("distillery.worker")


@dataclass(frozen=True)
class Context:
    """What every task of this process uses."""

    settings: Settings
    database: Database
    files: FileStore


@cache
def context() -> Context:
    settings = Settings()
    return Context(settings, Database(settings.database), FileStore(settings.files))


@shared_task(name=RUN_JOB)  # type: ignore[untyped-decorator]
def run_job() -> None:
    """Run one attempt of the best queued job to its end; return at once when there is none."""
    here = context()
    worker_id = here.settings.worker_id or socket.gethostname()
    with here.database.writing() as session:
        attempt = attempts.claim(session, worker_id, socket.gethostname(), devices.gpus())
    if attempt is None:
        return
    log.info("job %s attempt %d starts", attempt.job_id, attempt.number)
    folder = here.settings.work / attempt.job_id / f"a{attempt.number}"
    try:
        _run(here, attempt, folder, worker_id)
    except LeaseLost:
        log.warning("job %s attempt %d: another attempt owns it", attempt.job_id, attempt.number)
    finally:
        shutil.rmtree(folder.parent, ignore_errors=True)


def _run(here: Context, attempt: Claimed, folder: Path, worker_id: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lay_ready(attempt.resolved["dataset"]["name"], here.settings.datasets, here.database, here.files)
        place = Place(folder, here.settings.datasets, here.settings.drain_file(worker_id))
        slot = getattr(current_process(), "index", 0)
        supervisor = Supervisor(here.database, here.settings, attempt, place)
        _publish(here, attempt, supervisor.run(devices.environment(slot)))
    except Drained:
        _give_back(here, attempt)
    except LeaseLost:
        raise
    except DistilleryError as error:
        cause = failure_of(error, phase=None, attempt=attempt.number)
        _finish(here, attempt, Outcome("failed", error=cause), [])


def _publish(here: Context, attempt: Claimed, outcome: Outcome) -> None:
    """Files first, by digest; then one transaction makes all of them visible and ends the attempt."""
    rows = []
    for produced in outcome.files:
        blob = here.files.put(produced.path)
        media_type = MEDIA_TYPES.get(produced.path.suffix, "application/octet-stream")
        rows.append(
            {"name": produced.name, "digest": blob.digest, "bytes": blob.bytes, "media_type": media_type}
        )
    _finish(here, attempt, outcome, rows)


def _finish(here: Context, attempt: Claimed, outcome: Outcome, rows: list[dict[str, object]]) -> None:
    def write() -> None:
        with here.database.writing() as session:
            artifacts.record(session, attempt.job_id, attempt.number, rows)
            to, values = _next(attempt, outcome)
            attempts.finish(session, attempt, to, outcome.kind, error=outcome.error, **values)

    _until_stored(write)
    log.info("job %s attempt %d %s", attempt.job_id, attempt.number, outcome.kind)


def _next(attempt: Claimed, outcome: Outcome) -> tuple[JobState, dict[str, object]]:
    if outcome.error is None:
        return JobState(outcome.kind), {"summary": outcome.summary}
    failures = attempt.failures + 1
    follows = after_failure(bool(outcome.error["retryable"]), failures)
    waits = clock.now() + timedelta(seconds=follows.delay_seconds) if follows.delay_seconds else None
    return follows.state, {"failures": failures, "not_before": waits}


def _give_back(here: Context, attempt: Claimed) -> None:
    """The worker shuts down: the job is queued again, and no attempt is counted against it."""

    def write() -> None:
        with here.database.writing() as session:
            attempts.finish(session, attempt, JobState.QUEUED, "drained")

    _until_stored(write)
    log.info("job %s attempt %d given back", attempt.job_id, attempt.number)


def _until_stored(write: Callable[[], Result]) -> Result:
    """Try until the database answers: a result must not be lost to a short outage."""
    started = time.monotonic()
    while True:
        try:
            return write()
        except StoreUnavailable:
            if time.monotonic() - started > STORE_GRACE_SECONDS:
                raise
            time.sleep(2)
