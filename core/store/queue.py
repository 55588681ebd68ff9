"""What waits, in the order in which it is claimed, and what runs, and where."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from core.lifecycle import JobState
from core.store.listing import LATER
from core.store.tables import Attempt, Job


@dataclass(frozen=True)
class Waiting:
    """A queued job; `position` counts everybody's, from 1."""

    job: Job
    position: int


@dataclass(frozen=True)
class Running:
    """A running job, and the worker and machine that it runs on."""

    job: Job
    worker_id: str
    host: str


def count(session: Session, state: JobState, owner: str | None = None) -> int:
    """How many jobs are in a state, of one owner or of all."""
    query = select(func.count()).select_from(Job).where(Job.state == state)
    return session.scalar(query if owner is None else query.where(Job.owner == owner)) or 0


def waiting(session: Session, owner: str | None, limit: int) -> list[Waiting]:
    """The first queued jobs of an owner, or of all, as `core.store.attempts.claim` takes them."""
    turn = func.row_number().over(order_by=(Job.priority.desc(), Job.id)).label("turn")
    line = select(Job.id, Job.owner, turn).where(Job.state == JobState.QUEUED).subquery()
    query = select(Job, line.c.turn).options(*map(defer, LATER)).join(line, line.c.id == Job.id)
    if owner is not None:
        query = query.where(line.c.owner == owner)
    return [Waiting(job, turn) for job, turn in session.execute(query.order_by(line.c.turn).limit(limit))]


def running(session: Session, owner: str | None, limit: int) -> list[Running]:
    """Running jobs of an owner, or of all, those first that have run longest."""
    query = (
        select(Job, Attempt.worker_id, Attempt.host)
        .options(*map(defer, LATER))
        .join(Attempt, (Attempt.job_id == Job.id) & (Attempt.number == Job.attempt))
        .where(Job.state == JobState.RUNNING)
    )
    if owner is not None:
        query = query.where(Job.owner == owner)
    rows = session.execute(query.order_by(Job.started_at, Job.id).limit(limit))
    return [Running(job, worker_id, host) for job, worker_id, host in rows]


def at_work(session: Session) -> dict[str, list[tuple[str, str]]]:
    """Id and owner of the jobs that each worker works on, by worker."""
    query = (
        select(Attempt.worker_id, Job.id, Job.owner)
        .join(Job, (Attempt.job_id == Job.id) & (Attempt.number == Job.attempt))
        .where(Job.state == JobState.RUNNING)
        .order_by(Job.id)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for worker_id, job_id, owner in session.execute(query):
        found.setdefault(worker_id, []).append((job_id, owner))
    return found
