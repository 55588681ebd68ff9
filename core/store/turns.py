"""Writers of one process queue up for SQLite's one write lock.

SQLite lets them poll for it, and who polls at bad moments starves, though the lock was free many times.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

from sqlalchemy.exc import OperationalError

from core.errors import StoreUnavailable

_SQLITE_BUSY = 5


class Turns:
    """A lock whose waiters are served in the order in which they came."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = False
        self._waiting: deque[_Waiter] = deque()

    @contextmanager
    def taken(self, patience_seconds: float) -> Iterator[None]:
        """For one transaction. Who finds the file locked by another program speaks for all who wait.

        StoreUnavailable    the turn did not come in time, or would have been in vain
        """
        if not self.take(patience_seconds):
            raise StoreUnavailable
        try:
            yield
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) == _SQLITE_BUSY:
                self.send_away()
            raise
        finally:
            self.give_back()

    def take(self, patience_seconds: float) -> bool:
        """Wait for a turn; False when it does not come in time, or not at all."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = _Waiter()
            self._waiting.append(mine)
        if mine.heard.wait(patience_seconds):
            return mine.served
        return not self._leave(mine)

    def give_back(self) -> None:
        """Let the one go who has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().tell(served=True)
            else:
                self._taken = False

    def send_away(self) -> None:
        """Tell all who wait that it is of no use."""
        with self._lock:
            while self._waiting:
                self._waiting.popleft().tell(served=False)

    def _leave(self, mine: "_Waiter") -> bool:
        """Stop waiting; False when the turn came just now."""
        with self._lock:
            if mine.heard.is_set():
                return not mine.served
            self._waiting.remove(mine)
            return True


class _Waiter:
    """One that waits, and what it was told."""

    def __init__(self) -> None:
        self.heard = Event()
        self.served = False

    def tell(self, *, served: bool) -> None:
        self.served = served
        self.heard.set()
