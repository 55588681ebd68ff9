"""How often somebody may ask: buckets of tokens, in this process's memory.

All of it is called from the event loop alone, between two of its steps: it needs no lock, and no database.
"""

import math
import time
from collections.abc import Callable, Hashable

from core.errors import RateLimited

MOST_BUCKETS = 10_000
# Of an address that sends no sound key. Who guesses gets nowhere anyway: this saves the looking up.
FAILURES_PER_SECOND = 10.0
FAILURES_AT_ONCE = 1000


class Buckets:
    """A bucket for each of many: full at first, and filled again while time passes.

    per_second    tokens that come back
    burst         tokens of a full bucket
    now           a clock that never goes back, in seconds
    """

    def __init__(self, per_second: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._now = now
        # What was left of each, and when.
        self._left: dict[Hashable, tuple[float, float]] = {}

    def __contains__(self, whose: Hashable) -> bool:
        return whose in self._left

    def wait_seconds(self, whose: Hashable) -> float:
        """Until there is a token; 0 if there is one. Takes none."""
        left = self._filled(whose, self._now())
        return 0.0 if left >= 1 else (1 - left) / self._per_second

    def take(self, whose: Hashable) -> None:
        """One token, if there is one."""
        now = self._now()
        left = self._filled(whose, now)
        if whose not in self._left and len(self._left) >= MOST_BUCKETS:
            self._tidy(now)
        self._left[whose] = (max(0.0, left - 1), now)

    def forget(self, whose: Hashable) -> None:
        self._left.pop(whose, None)

    def _filled(self, whose: Hashable, now: float) -> float:
        left, at = self._left.get(whose, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_second)

    def _tidy(self, now: float) -> None:
        """Full buckets are as good as none. Where all are in use, each begins anew."""
        used = {whose: seen for whose, seen in self._left.items() if self._filled(whose, now) < self._burst}
        self._left = used if len(used) < MOST_BUCKETS else {}


class Rates:
    """Who may ask now. A key is known by a number that it hashes to in this process, and never kept."""

    def __init__(
        self, per_second: float, burst: int, now: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self.limited = per_second > 0
        self._keys = Buckets(per_second, burst, now)
        self._failures = Buckets(FAILURES_PER_SECOND, FAILURES_AT_ONCE, now)

    def let_in(self, key: int, address: str) -> bool:
        """Count a request of a key that was sound before; of any other, look how often its address failed.

        So nobody uses up what another one's key may do, and a sound key works beside those who guess.

        returns        whether it was counted
        RateLimited    not now
        """
        if key not in self._keys:
            _refuse(self._failures.wait_seconds(address), "too many requests without a sound key")
            return False
        _refuse(self._keys.wait_seconds(key), "this key asks too often")
        self._keys.take(key)
        return True

    def count_sound(self, key: int) -> None:
        """Count a request that was let in before anybody knew that its key is sound."""
        self._keys.take(key)

    def count_failed(self, key: int, address: str) -> None:
        """Count a request whose key is not sound, or no longer."""
        self._keys.forget(key)
        self._failures.take(address)


def _refuse(seconds: float, detail: str) -> None:
    if seconds > 0:
        raise RateLimited(detail, retry_after=math.ceil(seconds))
