"""Takes back what a dead worker held.

Judged by this process's own monotonic clock: no wall clock can err. Only of a process of this very machine it
can be known at once that it is dead.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import DistilleryError
from core.store import attempts
from core.store.attempts import Running
from core.store.session import Database, Session
from worker.outcome import failure
from worker.retry import after_loss
from worker.vital import is_dead

# As often as a worker renews its lease. One that is alive has therefore several occasions to say so, however
# long this process, the database or the whole machine stood still before.
LOOKS_A_LEASE = 6

log = logging.getLogger("distillery.dispatcher")


@dataclass(frozen=True)
class Watched:
    """A running job as it was last seen to move; `since` in the reaper's time.

    dead    whether the process that holds it has ended
    """

    attempt: int
    heartbeat: int
    since: float
    dead: bool


# Ends the attempt of that id, and says what became of it; None when it moved after all.
Lose = Callable[[Session, str, Watched], str | None]


def lose_job(session: Session, job_id: str, watched: Watched) -> str | None:
    """Give a job back, or end it when that has happened too often."""
    job = attempts.take_back(session, job_id, watched.attempt, watched.heartbeat)
    if job is None:
        return None
    how = "the worker's process ended" if watched.dead else "the worker fell silent"
    error = failure("worker_lost", how, phase=None, attempt=watched.attempt)
    losses = job.losses + 1
    return attempts.end(session, job, after_loss(losses).state, "lost", error=error, losses=losses)


class Reaper:
    """After a start it watches a whole lease before it judges anyone.

    Its time goes on from one look to the next, by a sixth of a lease at most. So what nobody could see is not
    held against anyone: a machine that stood still, or a database that was away for the workers, too. And it
    does go on with every look, so that neither errors nor slow looks keep a dead job from being taken back.
    """

    def __init__(self, database: Database, lease_seconds: float, lose: Lose = lose_job) -> None:
        self._database = database
        self._lose = lose
        self._lease_seconds = lease_seconds
        self._looked_at: float | None = None
        self._time = 0.0
        self._watched: dict[str, Watched] = {}

    def turn(self, running: list[Running], now: float | None = None) -> None:
        """Look at everything that is held."""
        self._go_on(time.monotonic() if now is None else now)
        self._watched = {job.job_id: self._seen(job) for job in running}
        for job_id, watched in self._watched.items():
            if watched.dead or self._time - watched.since > self._lease_seconds:
                self._try_to_take_back(job_id, watched)

    def _go_on(self, now: float) -> None:
        passed = 0.0 if self._looked_at is None else now - self._looked_at
        self._looked_at = now
        self._time += min(passed, self._lease_seconds / LOOKS_A_LEASE)

    def _seen(self, job: Running) -> Watched:
        known = self._watched.get(job.job_id)
        still = known is not None and (known.attempt, known.heartbeat) == (job.attempt, job.heartbeat)
        since = known.since if known is not None and still else self._time
        return Watched(job.attempt, job.heartbeat, since, is_dead(job.owner))

    def _try_to_take_back(self, job_id: str, watched: Watched) -> None:
        """A job whose row is locked must not keep the others waiting; it is tried again at the next look."""
        try:
            self._take_back(job_id, watched)
        except DistilleryError as error:
            log.warning("%s attempt %d can't be taken back: %s", job_id, watched.attempt, error.detail)

    def _take_back(self, job_id: str, watched: Watched) -> None:
        with self._database.writing() as session:
            ended = self._lose(session, job_id, watched)
        if ended is not None:
            log.warning("%s attempt %d was lost: now %s", job_id, watched.attempt, ended)
