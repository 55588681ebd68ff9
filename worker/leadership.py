"""Of several dispatchers one leads; the others wait until it falls silent."""

import time

from core.store import leaders
from core.store.session import Database
from worker.vital import is_dead

NAME = "dispatcher"


class Leadership:
    """Asked every turn. Silence is judged by this process's own monotonic clock.

    A dead leader on the same machine is known by its name, as worker.vital gives it: nobody waits for it.
    """

    def __init__(self, database: Database, holder: str, lease_seconds: float) -> None:
        self._database = database
        self._holder = holder
        self._lease_seconds = lease_seconds
        self._beat_every = lease_seconds / 6
        self._leads = False
        self._beat_at = 0.0
        self._seen: tuple[str, int] | None = None
        self._since = 0.0

    def held(self) -> bool:
        """Whether this process leads now. A leader that can't say so in time must not act as one."""
        now = time.monotonic()
        if self._leads:
            return self._renewed(now)
        with self._database.reading() as session:
            found = leaders.beats(session, NAME)
        if found is not None and not self._is_gone(found, now):
            return False
        with self._database.writing() as session:
            self._leads = leaders.take(session, NAME, self._holder, found)
        self._beat_at = now
        return self._leads

    def _is_gone(self, found: tuple[str, int], now: float) -> bool:
        """Whether the leader is known to be dead, or has been silent for a whole lease."""
        if is_dead(found[0]):
            return True
        if found != self._seen:
            self._seen, self._since = found, now
        return now - self._since > self._lease_seconds

    def resign(self) -> None:
        """Let another one lead at once."""
        if self._leads:
            with self._database.writing() as session:
                leaders.resign(session, NAME, self._holder)

    def _renewed(self, now: float) -> bool:
        if now - self._beat_at >= self._beat_every:
            with self._database.writing() as session:
                self._leads = leaders.beat(session, NAME, self._holder)
            self._beat_at = now
            self._seen = None
        return self._leads
