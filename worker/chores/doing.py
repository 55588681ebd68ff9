"""Do one chore to its end. Whatever goes wrong is a coded end of it."""

import contextlib
import logging
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from core import faults
from core.errors import DiskFull, DistilleryError, FilesUnavailable, Internal, LeaseLost, StoreUnavailable
from core.files import FileStore
from core.settings import Settings
from core.store import chores
from core.store.chores import ClaimedChore
from core.store.session import Database
from worker.chores.kind import Draining, Workplace
from worker.chores.kinds import KINDS
from worker.holding import Holding
from worker.outcome import failure_of
from worker.pulse import Pulse
from worker.retry import MAX_FAILURES, delay

log = logging.getLogger("distillery.worker")


def do(
    settings: Settings, database: Database, files: FileStore, chore: ClaimedChore, holding: Holding
) -> None:
    """One attempt at a chore that this process has claimed."""
    log.info("%s starts: %s of %s", chore.told, chore.kind, chore.subject)
    pulse = Pulse(database, chore, settings.lease_seconds, holding, _end_process, chores.beat)
    try:
        with pulse, _folder(settings, chore) as folder:
            _do(Workplace(settings, database, files, holding, folder), chore)
    except LeaseLost:
        log.warning("%s: it is another's, or nobody wants it any more", chore.told)
    except StoreUnavailable as error:
        # Its lease runs out, and it is done again.
        log.warning("%s: %s", chore.told, error.detail)


def _do(place: Workplace, chore: ClaimedChore) -> None:
    try:
        done = KINDS[chore.kind].do(chore, place)
    except (LeaseLost, StoreUnavailable):
        raise
    except Draining:
        with place.database.writing() as session:
            chores.put_back(session, chore)
    except Exception as error:
        _failed(place, chore, error)
    else:
        faults.point("chores.done")
        with place.database.writing() as session:
            chores.finish(session, chore)
            done.write(session)
        log.info("%s: %s of %s is done", chore.told, chore.kind, chore.subject)


def _failed(place: Workplace, chore: ClaimedChore, error: Exception) -> None:
    """Try again what may pass, a few times; of a full disk, for as long as it lasts."""
    if not isinstance(error, DistilleryError):
        log.exception("%s failed", chore.told)
        error = Internal(f"{type(error).__name__}: {error}")
    failures = chore.failures + 1
    log.warning("%s can't be done: %s", chore.told, error.detail)
    with place.database.writing() as session:
        waits = isinstance(error, DiskFull | FilesUnavailable)
        if waits or (error.retryable and failures < MAX_FAILURES):
            chores.put_back(session, chore, delay(failures), failures=failures)
        else:
            document = failure_of(error, phase=None, attempt=chore.number)
            chores.fail(session, chore, document)
            KINDS[chore.kind].refuse(session, chore, document)


@contextlib.contextmanager
def _folder(settings: Settings, chore: ClaimedChore) -> Iterator[Path]:
    """A work folder of this attempt's own, gone afterwards; laid out like that of a job."""
    folder = settings.work / chore.id / f"a{chore.number}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.parent.rmdir()


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
