"""Chores: what a `light` worker does. Every write of one is conditional on its fencing number.

queued ──► running ──► done | failed
  ▲          │
  └──────────┘ lost worker, passing failure
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, aliased

from core import clock, ids
from core.errors import LeaseLost
from core.store.attempts import Running
from core.store.library import Chore, Dataset, Model

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"


@dataclass(frozen=True)
class ClaimedChore:
    """A chore that this worker owns, for as long as its number is the newest."""

    id: str
    number: int
    kind: str
    subject: str
    parameters: dict[str, Any]
    losses: int
    failures: int

    @property
    def told(self) -> str:
        """What a log calls it."""
        return f"{self.id} attempt {self.number}"


def add(session: Session, kind: str, subject: str, parameters: dict[str, Any] | None = None) -> Chore:
    """Queue a chore."""
    moment = clock.now()
    chore = Chore(
        id=ids.new("chore"), kind=kind, subject=subject, parameters=parameters or {}, state=QUEUED, attempt=0,
        losses=0, failures=0, not_before=None, lease_owner=None, heartbeat=0, error=None, created_at=moment,
        updated_at=moment,
    )  # fmt: skip
    session.add(chore)
    session.flush()
    return chore


def queued(session: Session) -> int:
    """How many could be claimed now."""
    return session.scalar(select(func.count()).where(Chore.state == QUEUED, _due())) or 0


def claim(session: Session, process: str) -> ClaimedChore | None:
    """Take the oldest, of an owner for whom none is running if there is one: nobody holds up all others.

    process    that does it, by a name that tells whether it is dead
    """
    waiting = select(Chore.id).where(Chore.state == QUEUED, _due())
    oldest = waiting.order_by(_is_served(), Chore.id).limit(1)
    chore = session.scalar(
        update(Chore)
        .where(Chore.id == oldest.with_for_update(skip_locked=True).scalar_subquery(), Chore.state == QUEUED)
        .values(state=RUNNING, attempt=Chore.attempt + 1, lease_owner=process, heartbeat=0)
        .values(not_before=None, updated_at=clock.now())
        .returning(Chore)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return None if chore is None else _claimed(chore)


def beat(session: Session, chore: ClaimedChore) -> None:
    """Renew the lease.

    LeaseLost    it belongs to another attempt, or nobody wants it any more
    """
    _write(session, chore, heartbeat=Chore.heartbeat + 1)


def finish(session: Session, chore: ClaimedChore) -> None:
    """It is done; what it was for is written by the caller, in the same transaction.

    LeaseLost    nothing may be written
    """
    _write(session, chore, state=DONE, lease_owner=None)


def fail(session: Session, chore: ClaimedChore, error: dict[str, Any]) -> None:
    """It has failed for good; what that means for its subject is written by the caller.

    LeaseLost    nothing may be written
    """
    _write(session, chore, state=FAILED, lease_owner=None, error=error)


def put_back(session: Session, chore: ClaimedChore, after_seconds: float = 0.0, **counts: int) -> None:
    """Queue it again.

    LeaseLost    it belongs to another attempt
    """
    later = clock.now() + timedelta(seconds=after_seconds) if after_seconds else None
    _write(session, chore, state=QUEUED, lease_owner=None, not_before=later, **counts)


def running(session: Session) -> list[Running]:
    """Every running one, as it is now."""
    columns = (Chore.id, Chore.attempt, Chore.heartbeat, Chore.lease_owner)
    rows = session.execute(select(*columns).where(Chore.state == RUNNING))
    return [Running(row.id, row.attempt, row.heartbeat, row.lease_owner or "") for row in rows]


def ended(session: Session, chore_id: str) -> dict[int, bool]:
    """The attempts at a chore, and whether each has ended; nothing of one that is forgotten."""
    chore = session.get(Chore, chore_id)
    if chore is None:
        return {}
    return {n: n < chore.attempt or chore.state != RUNNING for n in range(1, chore.attempt + 1)}


def take_back(session: Session, chore_id: str, number: int, heartbeat: int) -> ClaimedChore | None:
    """The chore whose lease ran out, locked for the caller; None if it moved after all."""
    query = select(Chore).where(
        Chore.id == chore_id, Chore.attempt == number, Chore.heartbeat == heartbeat, Chore.state == RUNNING
    )
    chore = session.scalar(query.with_for_update(skip_locked=True))
    return None if chore is None else _claimed(chore)


def drop(session: Session, subject: str) -> None:
    """Nobody wants what these were for."""
    session.execute(delete(Chore).where(Chore.subject == subject))


def forget_old(session: Session, kept: timedelta) -> None:
    """Delete those that ended so long ago."""
    over = Chore.state.in_((DONE, FAILED)) & (Chore.updated_at < clock.now() - kept)
    session.execute(delete(Chore).where(over))


def _claimed(chore: Chore) -> ClaimedChore:
    return ClaimedChore(
        chore.id, chore.attempt, chore.kind, chore.subject, chore.parameters, chore.losses, chore.failures
    )


def _write(session: Session, chore: ClaimedChore, **values: Any) -> None:
    won = session.scalar(
        update(Chore)
        .where(Chore.id == chore.id, Chore.attempt == chore.number, Chore.state == RUNNING)
        .values(**values, updated_at=clock.now())
        .returning(Chore.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise LeaseLost


def _is_served() -> Any:
    """Whether another chore of the same owner is running."""
    other = aliased(Chore)
    running = select(other.id).where(other.state == RUNNING, _owner(other) == _owner(Chore))
    return running.correlate(Chore).exists()


def _owner(chore: Any) -> Any:
    """Whose data set or model it is for."""
    rows = (select(table.owner).where(table.id == chore.subject) for table in (Dataset, Model))
    return func.coalesce(*(row.correlate(chore).scalar_subquery() for row in rows))


def _due() -> Any:
    return Chore.not_before.is_(None) | (Chore.not_before <= clock.now())
