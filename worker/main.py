"""A Celery worker: `python -m worker.main` runs jobs. It never imports torch itself."""

import logging
import os
import tempfile
from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down

from core import ids
from core.settings import read_or_exit
from core.store.session import Database
from worker import devices
from worker.presence import Presence
from worker.queue import make_app
from worker.ring import TRAIN


def main() -> None:
    """Run jobs until a signal, one for each GPU, each supervised by a process of its own."""
    serve(TRAIN, devices.slots(), "prefork")


def serve(queue: str, slots: int, pool: str) -> None:
    """Serve a queue until a signal: the first SIGTERM gives running work back and ends."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    worker_id = ids.new("wrk")
    # Children are fresh interpreters: the environment is how they learn whose they are.
    os.environ["DISTILLERY_WORKER_ID"] = worker_id
    settings = read_or_exit()
    settings.runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Celery's pool makes a folder, and leaves it behind when it is killed; this place is cleared.
    tempfile.tempdir = str(settings.runtime)
    presence = Presence(Database(settings.database), worker_id, slots, queue)
    drain = settings.drain_file(worker_id)

    def shutting_down(**_: Any) -> None:
        # Inside a signal handler: a file is all that is safe. Supervisors look for it.
        drain.touch()

    def ready(**_: Any) -> None:
        presence.start()

    def ended(**_: Any) -> None:
        # First: without a database there is nobody to say goodbye to, and the file must go all the same.
        drain.unlink(missing_ok=True)
        presence.stop()

    worker_ready.connect(ready, weak=False)
    worker_shutting_down.connect(shutting_down, weak=False)
    worker_shutdown.connect(ended, weak=False)
    app = make_app(settings)
    app.worker_main(
        ["worker", "--queues", queue, "--concurrency", str(slots), "--pool", pool, "--loglevel", "INFO",
         "--hostname", f"{worker_id}@%h", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    )  # fmt: skip


if __name__ == "__main__":
    main()
