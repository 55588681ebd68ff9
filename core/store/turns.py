"""Writers of one process queue up for SQLite's one write lock.

SQLite lets them poll for it, and who polls at bad moments starves, though the lock was free many times.
"""

from collections import deque
from threading import Event, Lock
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from core.errors import StoreUnavailable

_HELD = "turn"


class Turns:
    """A lock whose waiters are served in the order in which they came."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = False
        self._waiting: deque[Event] = deque()

    def take(self, patience_seconds: float) -> bool:
        """Wait for a turn; False when it does not come in time."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = Event()
            self._waiting.append(mine)
        return mine.wait(patience_seconds) or not self._leave(mine)

    def give_back(self) -> None:
        """Let the one go who has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False

    def _leave(self, mine: Event) -> bool:
        """Stop waiting; False when the turn came just now."""
        with self._lock:
            if mine.is_set():
                return False
            self._waiting.remove(mine)
            return True


def queue_up(sessions: sessionmaker[Session], patience_seconds: float) -> None:
    """Let the transactions of these sessions take turns; who waits too long gets StoreUnavailable."""
    turns = Turns()

    def begin(session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:
            if not turns.take(patience_seconds):
                raise StoreUnavailable
            session.info[_HELD] = True

    def end(session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None and session.info.pop(_HELD, False):
            turns.give_back()

    listen: Any = event.listen
    listen(sessions, "after_transaction_create", begin)
    listen(sessions, "after_transaction_end", end)
