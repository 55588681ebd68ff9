"""run_job: claim, supervise, conclude. The message only says that there may be work."""

import contextlib
import errno
import logging
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from billiard import current_process
from celery import shared_task

from core import faults
from core.errors import DiskFull, DistilleryError, FilesUnavailable, Internal, LeaseLost, StoreUnavailable
from core.files import FileStore
from core.settings import Settings
from core.store import attempts, chores
from core.store.attempts import Claimed
from core.store.session import Database
from worker import devices, materials, recipes, resumption
from worker.chores import doing
from worker.conclusion import conclude
from worker.fetching import BrokenOff
from worker.holding import Holding
from worker.outcome import Outcome, failure_of
from worker.own_weights import Weights
from worker.pulse import Pulse
from worker.ring import DO_CHORE, RUN_JOB
from worker.supervisor import Place, Supervisor
from worker.vital import new_name

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
    faults.arm(settings.armed_fault)
    return Context(settings, Database(settings.database), FileStore(settings.files))


@shared_task(name=RUN_JOB)  # type: ignore[untyped-decorator]
def run_job() -> None:
    """Run one attempt of the best queued job to its end; return at once when there is none.

    A ring that a worker hears while it shuts down is lost: another worker will hear the next one.
    """
    here = context()
    worker_id = here.settings.worker_id or socket.gethostname()
    if _holding(here, worker_id).is_draining():
        return
    with here.database.writing() as session:
        attempt = attempts.claim(session, worker_id, socket.gethostname(), devices.gpus(), new_name())
    if attempt is not None:
        faults.point("tasks.claimed")
        run(here, attempt, worker_id)


@shared_task(name=DO_CHORE)  # type: ignore[untyped-decorator]
def do_chore() -> None:
    """Do the oldest chore that waits; return at once when there is none."""
    here = context()
    holding = _holding(here, here.settings.worker_id or socket.gethostname())
    if holding.is_draining():
        return
    with here.database.writing() as session:
        chore = chores.claim(session, new_name())
    if chore is not None:
        faults.point("tasks.chore_claimed")
        doing.do(here.settings, here.database, here.files, chore, holding)


def run(here: Context, attempt: Claimed, worker_id: str) -> None:
    """One attempt. Whatever goes wrong on this side of the pipe is a coded end of it, too."""
    log.info("job %s attempt %d starts", attempt.job_id, attempt.number)
    holding = _holding(here, worker_id)
    lease_seconds = here.settings.lease_seconds
    pulse = Pulse(here.database, attempt, lease_seconds, holding, _end_process, attempts.beat)
    try:
        with pulse, _folder(here, attempt) as folder:
            place = Place(folder, here.settings.datasets, holding)
            try:
                conclude(here.database, here.files, attempt, _supervised(here, attempt, place), holding)
            except LeaseLost:
                raise
            except Exception as error:
                conclude(here.database, here.files, attempt, _failed(error, attempt, holding), holding)
    except LeaseLost:
        log.warning("job %s attempt %d: another attempt owns it", attempt.job_id, attempt.number)


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _holding(here: Context, worker_id: str) -> Holding:
    return Holding(here.settings.drain_file(worker_id), here.settings.drain_seconds)


def _supervised(here: Context, attempt: Claimed, place: Place) -> Outcome:
    ended = materials.lay_ready(here.database, here.files, here.settings, attempt, place)
    if ended is not None:
        return ended
    going_on = resumption.lay_ready(here.database, here.files, attempt, place.folder)
    recipe = recipes.recipe_of(attempt.resolved, place.data)
    # Who goes on has its teacher, or a part of it.
    reusable = None if going_on.training is not None or not _may_reuse(attempt) else recipe
    try:
        laid = Weights(here.database, here.files, attempt, place).lay_ready(reusable)
    except BrokenOff as broken:
        return broken.ended
    slot = getattr(current_process(), "index", 0)
    supervisor = Supervisor(here.database, here.files, here.settings, attempt, place)
    return replace(supervisor.run(going_on, devices.environment(slot), laid.words()), recipe=recipe)


def _may_reuse(attempt: Claimed) -> bool:
    return bool(attempt.resolved["teacher"]["source"].get("reuse", True))


def _failed(error: Exception, attempt: Claimed, holding: Holding) -> Outcome:
    """The end of an attempt whose supervisor failed.

    Without a database the job is given back unharmed. So is one that waits for space in a drain.
    """
    if isinstance(error, StoreUnavailable):
        return Outcome("suspended")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        error = DiskFull("no space is left on the worker")
    if isinstance(error, DiskFull | FilesUnavailable) and holding.is_draining():
        return Outcome("suspended")
    if not isinstance(error, DistilleryError):
        log.exception("job %s attempt %d: the supervisor failed", attempt.job_id, attempt.number)
        error = Internal(f"{type(error).__name__}: {error}")
    return Outcome("failed", error=failure_of(error, phase=None, attempt=attempt.number))


@contextlib.contextmanager
def _folder(here: Context, attempt: Claimed) -> Iterator[Path]:
    """The attempt's own work folder, gone afterwards; that of another attempt of the job is left alone."""
    folder = here.settings.work / attempt.job_id / f"a{attempt.number}"
    with contextlib.suppress(OSError):  # a full disk shows at the first write, as a coded end
        folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.parent.rmdir()
