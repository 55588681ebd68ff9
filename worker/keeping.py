"""Takes a trainer's checkpoints into the file store, and only then into the database."""

from pathlib import Path
from typing import Any

from core.errors import DigestMismatch, DiskFull, FilesUnavailable
from core.files import FileStore
from core.store import checkpoints
from core.store.attempts import Claimed
from core.store.session import Database


class Keeping:
    """Checkpoints that were reported and are not safe yet."""

    def __init__(self, database: Database, files: FileStore, attempt: Claimed) -> None:
        self._database = database
        self._files = files
        self._attempt = attempt
        self._waiting: list[dict[str, Any]] = []
        self._told: str | None = None

    def add(self, event: dict[str, Any]) -> None:
        self._waiting.append(event)

    def holds_something(self) -> bool:
        return bool(self._waiting)

    def store(self) -> list[str]:
        """Make them safe, oldest first. One that can't be stored is given up: the one before still counts.

        Not so the teacher: every later checkpoint names it.

        returns             what went wrong, and was not said before
        LeaseLost           the job belongs to a newer attempt
        StoreUnavailable, DiskFull    of the database: those that are left stay for the next time
        """
        complaints = []
        while self._waiting:
            event = self._waiting[0]
            path = Path(event["path"])
            try:
                blob = self._files.put(path, expected=event["sha256"])
            except (DiskFull, DigestMismatch, FilesUnavailable, FileNotFoundError) as error:
                complaints += self._new(f"checkpoint {event['sequence']} can't be stored: {error}")
                lost = isinstance(error, DigestMismatch | FileNotFoundError)
                if event["kind"] == "teacher" and not lost:
                    break  # what comes after it is worth nothing without it: try again
            else:
                row = {"sequence": int(event["sequence"]), "best": bool(event["best"])}
                with self._database.writing() as session:
                    kept = row | {"digest": blob.digest, "bytes": blob.bytes}
                    checkpoints.record(session, self._attempt, event["kind"], kept)
            self._waiting.pop(0)
            path.unlink(missing_ok=True)
        return complaints

    def _new(self, complaint: str) -> list[str]:
        """The complaint, unless it was the last one: what is tried every second is told once."""
        said, self._told = self._told, complaint
        return [] if said == complaint else [complaint]
