"""Its own process: rings for queued jobs, and takes back what a dead worker held."""

import logging
import signal
import threading
import time
from dataclasses import dataclass
from typing import Any

from core.errors import DistilleryError
from core.lifecycle import JobState, Wish
from core.settings import Settings
from core.store import attempts, jobs
from core.store.session import Database
from worker.outcome import failure
from worker.queue import Doorbell
from worker.retry import after_loss

POLL_SECONDS = 0.3
# More messages than this need not wait: whoever finishes a job hears the next one.
MOST_RINGS = 32
BROKER_REST_SECONDS = 5.0

log = logging.getLogger("distillery.dispatcher")


@dataclass(frozen=True)
class Watched:
    """A running job as last seen to move, by our own monotonic clock."""

    attempt: int
    heartbeat: int
    since: float


class Dispatcher:
    """Polls the jobs table; needs the broker for ringing only."""

    def __init__(self, database: Database, bell: Doorbell, lease_seconds: float) -> None:
        self._database = database
        self._bell = bell
        self._lease_seconds = lease_seconds
        self._watched: dict[str, Watched] = {}
        self._rest_until = 0.0

    def turn(self) -> None:
        """One round: ring, then look for dead leases."""
        with self._database.reading() as session:
            waiting = jobs.queued(session)
            running = attempts.running(session)
        if waiting and time.monotonic() >= self._rest_until:
            self._ring(waiting)
        for job_id, attempt, heartbeat in self._silent(running):
            self._take_back(job_id, attempt, heartbeat)

    def _ring(self, waiting: int) -> None:
        """As many messages as there are jobs, counting those still unheard: a lost one is rung again."""
        try:
            for _ in range(min(waiting, MOST_RINGS) - self._bell.unheard()):
                self._bell.ring()
        except OSError as error:
            self._rest(error)
        except Exception as error:  # kombu and redis raise their own kinds for one cause: no broker
            if type(error).__module__.split(".")[0] not in ("redis", "kombu", "amqp"):
                raise
            self._rest(error)

    def _rest(self, error: Exception) -> None:
        log.warning("the broker does not answer, jobs wait: %s", error)
        self._rest_until = time.monotonic() + BROKER_REST_SECONDS

    def _silent(self, running: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
        """Jobs whose heartbeat has not moved for a lease, judged by this process alone."""
        now = time.monotonic()
        seen: dict[str, Watched] = {}
        for job_id, attempt, heartbeat in running:
            known = self._watched.get(job_id)
            moved = known is None or (known.attempt, known.heartbeat) != (attempt, heartbeat)
            seen[job_id] = Watched(attempt, heartbeat, now) if moved or known is None else known
        self._watched = seen
        return [
            (job_id, watched.attempt, watched.heartbeat)
            for job_id, watched in seen.items()
            if now - watched.since > self._lease_seconds
        ]

    def _take_back(self, job_id: str, attempt: int, heartbeat: int) -> None:
        error = failure("worker_lost", "the worker fell silent", phase=None, attempt=attempt)
        with self._database.writing() as session:
            job = attempts.take_back(session, job_id, attempt, heartbeat)
            if job is None:
                return
            attempts.close(session, job_id, attempt, "lost", error)
            losses = job.losses + 1
            to = JobState.CANCELLED if job.wish == Wish.CANCEL else after_loss(losses).state
            shown = error if to is JobState.FAILED else None
            jobs.move(session, job, to, losses=losses, error=shown, lease_owner=None)
        log.warning("job %s attempt %d was lost: now %s", job_id, attempt, to)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    ended = threading.Event()

    def end(*_: Any) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    settings = Settings()
    database, bell = Database(settings.database), Doorbell(settings)
    dispatcher = Dispatcher(database, bell, settings.lease_seconds)
    while not ended.wait(POLL_SECONDS):
        try:
            dispatcher.turn()
        except DistilleryError as error:
            log.warning("%s", error.detail)
    bell.close()
    database.close()


if __name__ == "__main__":
    main()
