"""Says every few seconds that this worker is alive, so that queued jobs can tell why they wait."""

import logging
import os
import socket
import threading

from core.errors import DistilleryError
from core.store import workers
from core.store.session import Database
from worker import devices

EVERY_SECONDS = 10.0
log = logging.getLogger("distillery.worker")


class Presence:
    """A thread of the Celery parent."""

    def __init__(self, database: Database, worker_id: str, slots: int, queue: str) -> None:
        self._database = database
        self._worker_id = worker_id
        self._slots = slots
        self._queue = queue
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye."""
        self._ended.set()
        self._thread.join(EVERY_SECONDS)
        with self._database.writing() as session:
            workers.gone(session, self._worker_id)

    def _run(self) -> None:
        while True:
            try:
                self._say()
            except DistilleryError as error:
                log.warning("can't say that this worker is alive: %s", error.detail)
            if self._ended.wait(EVERY_SECONDS):
                return

    def _say(self) -> None:
        with self._database.writing() as session:
            workers.seen(
                session, self._worker_id, host=socket.gethostname(), pid=os.getpid(),
                gpus=devices.gpus(), slots=self._slots, queue=self._queue,
            )  # fmt: skip
