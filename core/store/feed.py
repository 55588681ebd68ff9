"""The events of all jobs, in one order: see core.store.order."""

import re
from dataclasses import dataclass
from typing import Self

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from core import ids
from core.store import order
from core.store.tables import Event, Job

_WRITTEN = re.compile(r"(\d{1,18})-(\d{1,18})-(job_\w{26}|)", re.ASCII)


@dataclass(frozen=True, order=True)
class Position:
    """A place between two events of the order: behind the one that it names."""

    turn: int
    job_id: str
    seq: int

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(event.turn, event.job_id, event.seq)

    @classmethod
    def before(cls, turn: int) -> Self:
        """Ahead of everything that was written in that turn; names no job."""
        return cls(turn, "", 0)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What `str` wrote; None for anything else."""
        found = _WRITTEN.fullmatch(text)
        if found is None or (found[3] and not ids.is_id("job", found[3])):
            return None
        return cls(int(found[1]), found[3], int(found[2]))

    def __str__(self) -> str:
        return f"{self.turn}-{self.seq}-{self.job_id}"


START = Position.before(0)


@dataclass(frozen=True, eq=False)
class Placed:
    """An event and whose job it is of."""

    event: Event
    owner: str


def after(session: Session, position: Position, limit: int) -> list[Placed]:
    """Events of all owners behind a position, in order."""
    place = tuple_(Event.turn, Event.job_id, Event.seq)
    query = (
        select(Event, Job.owner)
        .join(Job, Job.id == Event.job_id)
        .where(place > tuple_(position.turn, position.job_id, position.seq), order.over(session))
        .order_by(Event.turn, Event.job_id, Event.seq)
        .limit(limit)
    )
    return [Placed(event, owner) for event, owner in session.execute(query)]


def present(session: Session) -> Position:
    """Behind everything that can be read by now."""
    return Position.before(order.newest(session) + 1)
