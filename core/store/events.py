"""What happened to a job: append and read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from core import clock
from core.store import order
from core.store.tables import Event, Job

_INSERT = insert(Event)
TOGETHER = 500  # conditions in one statement: SQLite takes a thousand at most


def begin(session: Session, job_id: str, kind: str, data: dict[str, Any]) -> None:
    """The first event of a job that is being inserted, which counts it already."""
    turn = order.turn(session)
    row = {"job_id": job_id, "seq": 1, "at": clock.now(), "kind": kind, "data": data, "turn": turn}
    session.connection().execute(_INSERT, row)


def append(session: Session, job_id: str, kind: str, data: dict[str, Any]) -> int:
    """Add one event under the job's row lock; returns its number."""
    return append_all(session, job_id, [(kind, data)])


def append_all(session: Session, job_id: str, found: Sequence[tuple[str, dict[str, Any]]]) -> int:
    """Add events, at least one; returns the number of the last. However many there are, it is three
    statements: a transaction that grew with what a job has to say would cost it the lease where each takes a
    second.
    """
    last = session.scalar(
        update(Job)
        .where(Job.id == job_id)
        .values(
            event_seq=Job.event_seq + len(found), version=Job.version + len(found), updated_at=clock.now()
        )
        .returning(Job.event_seq)
        .execution_options(synchronize_session=False)
    )
    assert last is not None, "events are written for jobs that exist"
    first, moment, turn = last - len(found) + 1, clock.now(), order.turn(session)
    session.add_all(
        Event(job_id=job_id, seq=seq, at=moment, kind=kind, data=data, turn=turn)
        for seq, (kind, data) in enumerate(found, first)
    )
    return last


def after(session: Session, job_id: str, seq: int, limit: int = 500) -> list[Event]:
    """Events later than number `seq`, oldest first."""
    query = select(Event).where(Event.job_id == job_id, Event.seq > seq).order_by(Event.seq).limit(limit)
    return list(session.scalars(query))


def after_many(session: Session, positions: dict[str, int], limit: int = 2000) -> list[Event]:
    """New events of many jobs, given the last number known of each; oldest first for each job."""
    known, found = sorted(positions.items()), list[Event]()
    for start in range(0, len(known), TOGETHER):
        some = known[start : start + TOGETHER]
        later = or_(*((Event.job_id == job_id) & (Event.seq > seq) for job_id, seq in some))
        query = select(Event).where(later).order_by(Event.job_id, Event.seq)
        found += session.scalars(query.limit(limit - len(found)))
    return found
