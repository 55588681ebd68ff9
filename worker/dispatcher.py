"""Its own process: rings for queued jobs, takes back what dead workers held, removes what nobody names."""

import contextlib
import logging
import math
import signal
import threading
import time
from typing import Any

from core import faults
from core.errors import DistilleryError
from core.files import FileStore
from core.settings import Settings, read_or_exit
from core.store import attempts, chores, jobs
from core.store.session import Database
from worker.chores.losing import lose_chore
from worker.leadership import Leadership
from worker.queue import Doorbell
from worker.reaper import Reaper
from worker.ring import LIGHT, TRAIN
from worker.sweeper import Sweeper
from worker.vital import new_name

POLL_SECONDS = 0.3
SWEEP_SECONDS = 300.0
# More messages than this need not wait: whoever finishes a job hears the next one.
MOST_RINGS = 32
BROKER_REST_SECONDS = 5.0

log = logging.getLogger("distillery.dispatcher")


class Dispatcher:
    """Polls the jobs table while it leads. It needs the broker for ringing only."""

    def __init__(
        self, database: Database, bell: Doorbell, leadership: Leadership, reapers: tuple[Reaper, Reaper],
        sweeper: Sweeper,
    ) -> None:  # fmt: skip
        self._database = database
        self._bell = bell
        self._leadership = leadership
        self._of_jobs, self._of_chores = reapers
        self._sweeper = sweeper
        self._rest_until = 0.0
        self._swept_at = -math.inf

    def turn(self) -> None:
        """Ring, look for dead leases, now and then sweep."""
        if not self._leadership.held():
            return
        with self._database.reading() as session:
            waiting = {TRAIN: jobs.queued(session), LIGHT: chores.queued(session)}
            running, busy = attempts.running(session), chores.running(session)
        now = time.monotonic()
        if any(waiting.values()) and now >= self._rest_until:
            self._ring(waiting)
        self._of_jobs.turn(running)
        self._of_chores.turn(busy)
        if now - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = now
            self._sweep()

    def close(self) -> None:
        """Let another one lead at once."""
        with contextlib.suppress(DistilleryError):
            self._leadership.resign()

    def _sweep(self) -> None:
        """Tidying up is nothing to die of: whatever goes wrong with it, jobs are looked after."""
        try:
            self._sweeper.turn()
        except DistilleryError as error:
            log.warning("the sweep broke off: %s", error.detail)
        except Exception:
            log.exception("the sweep broke off")

    def _ring(self, waiting: dict[str, int]) -> None:
        """As many messages as there is work, counting those still unheard: a lost one is rung again."""
        try:
            for queue, count in waiting.items():
                for _ in range(min(count, MOST_RINGS) - self._bell.unheard(queue) if count else 0):
                    self._bell.ring(queue)
                    faults.point("dispatcher.rung")
        except OSError as error:
            self._rest(error)
        except Exception as error:  # kombu and redis raise their own kinds for one cause: no broker
            if type(error).__module__.split(".")[0] not in ("redis", "kombu", "amqp"):
                raise
            self._rest(error)

    def _rest(self, error: Exception) -> None:
        log.warning("the broker does not answer, jobs wait: %s", error)
        self._rest_until = time.monotonic() + BROKER_REST_SECONDS


def make(settings: Settings, database: Database, bell: Doorbell) -> Dispatcher:
    """A dispatcher of the service that the settings describe."""
    return Dispatcher(
        database,
        bell,
        Leadership(database, new_name(), settings.lease_seconds),
        (
            Reaper(database, settings.lease_seconds),
            Reaper(database, settings.lease_seconds, lose_chore),
        ),
        Sweeper(
            database, FileStore(settings.files), settings.work, settings.datasets, settings.orphan_seconds
        ),
    )


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    ended = threading.Event()

    def end(*_: Any) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    settings = read_or_exit()
    faults.arm(settings.armed_fault)
    database, bell = Database(settings.database), Doorbell(settings)
    dispatcher = make(settings, database, bell)
    while not ended.wait(POLL_SECONDS):
        try:
            dispatcher.turn()
        except DistilleryError as error:
            log.warning("%s", error.detail)
    dispatcher.close()
    bell.close()
    database.close()


if __name__ == "__main__":
    main()
