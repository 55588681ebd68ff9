"""What there is to do: the work, what follows from it, and what follows when it can't be done."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from core.files import FileStore
from core.settings import Settings
from core.store.chores import ClaimedChore
from core.store.session import Database, Session
from worker.holding import Holding


class Draining(Exception):
    """The worker is told to end: the work is given back."""


@dataclass(frozen=True)
class Workplace:
    """Where a chore is done: a folder of its own, and the doors to the outside."""

    settings: Settings
    database: Database
    files: FileStore
    holding: Holding
    folder: Path

    def look(self) -> None:
        """Raise Draining when the worker is told to end."""
        if self.holding.is_draining():
            raise Draining


class Done(Protocol):
    """What a chore has found out."""

    def write(self, session: Session) -> None:
        """Make it known, in the transaction that ends the chore."""


class Kind(Protocol):
    """One kind of chore."""

    def do(self, chore: ClaimedChore, place: Workplace) -> Done:
        """The work itself; no transaction is open meanwhile.

        Draining           the worker is told to end
        DistilleryError    it can't be done; a retryable one is tried again
        """

    def refuse(self, session: Session, chore: ClaimedChore, error: dict[str, Any]) -> None:
        """Say that it can't be done, in the transaction that ends the chore."""
