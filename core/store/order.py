"""One order of the events of all jobs, in which nothing ever appears behind a reader's back.

Numbers that are drawn while events are written would not do: of two transactions the one with the higher
number may be committed first, and whoever has read it would never look for the lower one again. So an
event carries the turn of the transaction that wrote it, and a reader looks no further than where all turns
are over.

SQLite        has one writer at a time: the turn is a counter, raised in the transaction itself, so that turns
              are committed in their order, and every one that can be seen is over.
PostgreSQL    has many: the turn is the transaction's own number (xid), and `over` is the lowest number that
              may still be under way in the snapshot of the reader. Below it nothing can be added any more.
              Another server counts from another number: `go_on` lifts its numbers above those that are there.

Hence nobody waits for anyone to get a turn, and an event can be read as soon as every transaction that began
to write before its own has ended. Within a turn events are in the order of job and number.
"""

from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select, true
from sqlalchemy.orm import Session

from core.store.tables import Counter, Event
from core.store.upsert import raise_by

_TURNS = "turns"
_XID: ColumnElement[int] = literal_column("pg_current_xact_id()::text::bigint")
_OVER: ColumnElement[int] = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
_NEXT: ColumnElement[int] = literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint")


def turn(session: Session) -> int:
    """The turn of this transaction, for the events that it writes."""
    if _is_sqlite(session):
        return raise_by(session, _TURNS, 1)
    return session.scalar(select(_XID + _lifted())) or 0


def over(session: Session) -> ColumnElement[bool]:
    """Of an event: whether its turn and all turns before it are over."""
    return true() if _is_sqlite(session) else Event.turn < _OVER + _lifted()


def newest(session: Session) -> int:
    """The last turn that is over, or one behind it of which nothing is there."""
    if _is_sqlite(session):
        return session.scalar(select(Counter.value).where(Counter.name == _TURNS)) or 0
    return (session.scalar(select(_OVER + _lifted())) or 1) - 1


def go_on(session: Session) -> None:
    """Let turns go on above those that are there: events may have been brought here from another server."""
    if _is_sqlite(session):
        return
    highest = session.scalar(select(func.max(Event.turn))) or 0
    coming = session.scalar(select(_NEXT + _lifted())) or 0
    if highest >= coming:
        raise_by(session, _TURNS, highest + 1 - coming)


def _lifted() -> Any:
    lift = select(Counter.value).where(Counter.name == _TURNS).scalar_subquery()
    return func.coalesce(lift, 0)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
