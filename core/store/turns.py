"""Writers of one process queue up for SQLite's one write lock.

SQLite lets them poll for it, and who polls at bad moments starves, though the lock was free many times.
"""

from collections import deque
from threading import Event, Lock
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from core.errors import StoreUnavailable

_HELD = "turn"
_SQLITE_BUSY = 5


class Turns:
    """A lock whose waiters are served in the order in which they came."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = False
        self._waiting: deque[_Waiter] = deque()

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


def queue_up(engine: Engine, sessions: sessionmaker[Session], patience_seconds: float) -> None:
    """Let the transactions of these sessions take turns; who waits too long gets StoreUnavailable.

    Who finds the file locked by another program speaks for all who wait.
    """
    turns = Turns()

    def begin(session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:
            if not turns.take(patience_seconds):
                raise StoreUnavailable
            session.info[_HELD] = True

    def end(session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None and session.info.pop(_HELD, False):
            turns.give_back()

    def failed(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlite_errorcode", None) == _SQLITE_BUSY:
            turns.send_away()

    listen: Any = event.listen
    listen(sessions, "after_transaction_create", begin)
    listen(sessions, "after_transaction_end", end)
    listen(engine, "handle_error", failed)
