"""A light worker beside the API of a test: it packs what is uploaded, in processes of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.live_api import LiveApi
from tests.worker.chores import LightWorker
from worker.chores import doing
from worker.holding import Holding

LOOK_SECONDS = 0.1


@contextmanager
def packing(api: LiveApi, scratch: Path) -> Iterator[None]:
    """Inside, what is uploaded is packed."""
    holding = Holding(scratch / "drain", 5.0)
    worker = LightWorker(api.database, api.files, api.settings, holding)
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(LOOK_SECONDS):
            if (chore := worker.claim()) is not None:
                doing.do(api.settings, api.database, api.files, chore, holding)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
