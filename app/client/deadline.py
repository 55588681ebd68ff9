"""The end of somebody's time."""

import time

from core.errors import TimedOut


class Deadline:
    """So many seconds from now; None means that there is no end."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    def left(self, most: float) -> float:
        """Seconds that are left, `most` at most.

        TimedOut    there are none
        """
        seconds = most if self._end is None else min(most, self._end - time.monotonic())
        if seconds <= 0:
            raise TimedOut
        return seconds

    def seconds(self) -> float | None:
        """Seconds that are left; None where there is no end."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())
