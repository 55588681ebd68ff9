"""When keys were used last, written beside the requests: a locked database holds up nobody who only reads."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from core.errors import DiskFull, StoreUnavailable
from core.store import keys
from core.store.session import Database


class KeyUse:
    """Notes that keys were used, in a thread of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer = ThreadPoolExecutor(1, "key-use")
        self._waiting: set[str] = set()

    def note(self, key_id: str) -> None:
        """Write it soon; a key that waits already is not written twice."""
        if key_id not in self._waiting:
            self._waiting.add(key_id)
            self._writer.submit(self._write, key_id)

    def close(self) -> None:
        """Give up what still waits; what is being written ends first, as the database is closed next."""
        self._writer.shutdown(cancel_futures=True)

    def _write(self, key_id: str) -> None:
        try:
            # The time of the last use is a convenience: a database that can be read still answers.
            with suppress(StoreUnavailable, DiskFull), self._database.writing() as session:
                keys.touch(session, key_id)
        finally:
            self._waiting.discard(key_id)
