"""How long an attempt holds on to what it has while there is nowhere to put it: a database, a disk."""

import time
from pathlib import Path

GRACE_SECONDS = 900.0
RETRY_SECONDS = 2.0


class Holding:
    """For the stated time, and once the worker is told to end only for as long as that may take.

    Whatever a task waits for, it looks here meanwhile: every look is a sign of its life.

    drain    a file that exists while the worker is shutting down
    """

    def __init__(self, drain: Path, drain_seconds: float) -> None:
        self.drain = drain
        self.drain_seconds = drain_seconds
        self._told: float | None = None
        self._looked = time.monotonic()

    def is_draining(self) -> bool:
        """Whether the worker is told to end."""
        self._looked = time.monotonic()
        if self._told is None and self.drain.exists():
            self._told = time.monotonic()
        return self._told is not None

    def is_over(self, since: float) -> bool:
        """Whether what was tried since then, on the monotonic clock, is to be given up."""
        now = time.monotonic()
        late = self.is_draining() and self._told is not None and now - self._told > self.drain_seconds
        return late or now - since > GRACE_SECONDS

    def silent_seconds(self) -> float:
        """How long ago the task last looked here; for those who watch it."""
        return time.monotonic() - self._looked
