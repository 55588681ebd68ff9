"""Takes back what a dead worker held. Judged by this process's own monotonic clock: no wall clock can err."""

import logging
import time
from dataclasses import dataclass

from core.store import attempts
from core.store.session import Database
from worker.outcome import failure
from worker.retry import after_loss

log = logging.getLogger("distillery.dispatcher")


@dataclass(frozen=True)
class Watched:
    """A running job as it was last seen to move."""

    attempt: int
    heartbeat: int
    since: float


class Reaper:
    """After a start it watches a whole lease before it judges anyone."""

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self._lease_seconds = lease_seconds
        self._watched: dict[str, Watched] = {}

    def turn(self, running: list[tuple[str, int, int]], now: float | None = None) -> None:
        """Look at every running job, given as (job, attempt, heartbeat)."""
        now = time.monotonic() if now is None else now
        self._watched = {job: self._seen(job, attempt, beats, now) for job, attempt, beats in running}
        for job_id, watched in self._watched.items():
            if now - watched.since > self._lease_seconds:
                self._take_back(job_id, watched)

    def start_anew(self) -> None:
        """The database was away for the workers, too: what they could not say is not held against them."""
        self._watched = {}

    def _seen(self, job_id: str, attempt: int, heartbeat: int, now: float) -> Watched:
        known = self._watched.get(job_id)
        if known is not None and (known.attempt, known.heartbeat) == (attempt, heartbeat):
            return known
        return Watched(attempt, heartbeat, now)

    def _take_back(self, job_id: str, watched: Watched) -> None:
        error = failure("worker_lost", "the worker fell silent", phase=None, attempt=watched.attempt)
        with self._database.writing() as session:
            job = attempts.take_back(session, job_id, watched.attempt, watched.heartbeat)
            if job is None:
                return
            losses = job.losses + 1
            ended = attempts.end(session, job, after_loss(losses).state, "lost", error=error, losses=losses)
        log.warning("job %s attempt %d was lost: now %s", job_id, watched.attempt, ended)
