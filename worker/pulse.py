"""Renews the lease from the side, while the task does what has no loop: fetching, uploading."""

import threading
from types import TracebackType
from typing import Self

from core.errors import DiskFull, LeaseLost, StoreUnavailable
from core.store import attempts
from core.store.attempts import Claimed
from core.store.session import Database

BEATS_A_LEASE = 6


class Pulse:
    """A context manager. Losing the lease is noticed by the next write of the task itself."""

    def __init__(self, database: Database, attempt: Claimed, lease_seconds: float) -> None:
        self._database = database
        self._attempt = attempt
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
            try:
                with self._database.writing() as session:
                    attempts.beat(session, self._attempt)
            except (StoreUnavailable, DiskFull):
                continue
            except LeaseLost:
                return
