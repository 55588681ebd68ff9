"""Renews the lease from the side, while the task does what has no loop: fetching, uploading."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from core.errors import DiskFull, LeaseLost, StoreUnavailable
from core.store.session import Database, Session
from worker.holding import Holding

BEATS_A_LEASE = 6
# A task that is well is silent for as long as it copies files, the largest of gigabytes and the disk a slow
# one. Whoever is silent for longer hangs, on a disk that is gone or a process that can't be killed.
SILENT_SECONDS = 600.0

log = logging.getLogger("distillery.worker")


class Held(Protocol):
    """An attempt at a job or a chore."""

    @property
    def told(self) -> str: ...


Attempt = TypeVar("Attempt", bound=Held)


class Pulse(Generic[Attempt]):
    """A context manager. Losing the lease is noticed by the next write of the task itself.

    A task that hangs is given up: its process is ended, its trainer with it, and Celery starts another.

    give_up    ends the process; where the kernel does not let it go, the lease runs out all the same
    beat       renews the lease
    """

    def __init__(
        self, database: Database, attempt: Attempt, lease_seconds: float, holding: Holding,
        give_up: Callable[[], None], beat: Callable[[Session, Attempt], Any],
    ) -> None:  # fmt: skip
        self._database = database
        self._beat = beat
        self._attempt = attempt
        self._holding = holding
        self._give_up = give_up
        self._every = lease_seconds / BEATS_A_LEASE
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every):
            silent = self._holding.silent_seconds()
            if silent > SILENT_SECONDS:
                log.error("%s hangs: silent for %.0f s, and given up", self._attempt.told, silent)
                return self._give_up()
            try:
                with self._database.writing() as session:
                    self._beat(session, self._attempt)
            except (StoreUnavailable, DiskFull):
                continue
            except LeaseLost:
                return
