"""Attempts: claim, heartbeat, finish. Every write is conditional on the attempt's fencing number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import LeaseLost
from core.lifecycle import JobState, Wish, settle
from core.store import events, jobs
from core.store.tables import Attempt, Job


@dataclass(frozen=True)
class Claimed:
    """A job that this worker owns, for as long as its number is the newest."""

    job_id: str
    number: int
    failures: int
    losses: int
    drains: int
    resolved: dict[str, Any]
    origins: dict[str, str]

    @property
    def told(self) -> str:
        """What a log calls it."""
        return f"job {self.job_id} attempt {self.number}"


@dataclass(frozen=True)
class Running:
    """What the reaper watches. `owner` names the process that holds the lease."""

    job_id: str
    attempt: int
    heartbeat: int
    owner: str


def claim(
    session: Session, worker_id: str, host: str, gpus: int, process: str | None = None
) -> Claimed | None:
    """Take the best job that a worker with so many GPUs can run: priority, then age.

    process    that runs it, by a name that tells whether it is dead; the worker's own id if it has none
    """
    best = (
        select(Job.id)
        .where(Job.state == JobState.QUEUED, Job.gpus <= gpus, _due())
        .order_by(Job.priority.desc(), Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    moment = clock.now()
    job = session.scalar(
        update(Job)
        .where(Job.id == best, Job.state == JobState.QUEUED)
        .values(
            state=JobState.RUNNING, attempt=Job.attempt + 1, lease_owner=process or worker_id,
            heartbeat=0,
            started_at=moment, phase="start", progress=None, error=None, not_before=None,
        )
        .returning(Job)
        .execution_options(synchronize_session=False, populate_existing=True)
    )  # fmt: skip
    if job is None:
        return None
    session.add(Attempt(job_id=job.id, number=job.attempt, worker_id=worker_id, host=host, started_at=moment))
    events.append(session, job.id, "state", {"state": JobState.RUNNING, "attempt": job.attempt})
    return Claimed(job.id, job.attempt, job.failures, job.losses, job.drains, job.resolved, job.origins)


def beat(session: Session, attempt: Claimed, **values: Any) -> Wish | None:
    """Renew the lease, write what is new, and read the person's wish.

    LeaseLost       the job belongs to a newer attempt, or has ended
    """
    row = session.execute(
        _mine(attempt).values(heartbeat=Job.heartbeat + 1, **values).returning(Job.wish)
    ).one_or_none()
    if row is None:
        raise LeaseLost
    return None if row.wish is None else Wish(row.wish)


def finish(
    session: Session, attempt: Claimed, to: JobState, outcome: str, *,
    error: dict[str, Any] | None = None, **values: Any,
) -> JobState:  # fmt: skip
    """End the attempt and move its job; returns the state that it really went to.

    LeaseLost       the job belongs to a newer attempt, or has ended
    """
    # Locked before the wish is read: a cancel that is being committed is waited for, and obeyed. Not its key:
    # two that have both added a row that names the job share that, and would wait for each other.
    job = session.get(Job, attempt.job_id, populate_existing=True, with_for_update={"key_share": True})
    if job is None or job.attempt != attempt.number or job.state != JobState.RUNNING:
        raise LeaseLost
    return end(session, job, to, outcome, error=error, **values)


def end(
    session: Session, job: Job, to: JobState, outcome: str, *, error: dict[str, Any] | None, **values: Any
) -> JobState:
    """End the newest attempt of a job that the caller has locked; the person's wish has its say.

    returns    the state that the job really went to
    """
    to, wish = settle(to, Wish(job.wish) if job.wish else None)
    _close(session, job.id, job.attempt, outcome, error)
    shown = error if to in (JobState.FAILED, JobState.QUEUED) else None
    if not jobs.move(session, job, to, **{"error": shown, "lease_owner": None, "wish": wish} | values):
        raise LeaseLost
    return to


def _close(session: Session, job_id: str, number: int, outcome: str, error: dict[str, Any] | None) -> None:
    """Write the end of an attempt, once."""
    session.execute(
        update(Attempt)
        .where(Attempt.job_id == job_id, Attempt.number == number, Attempt.ended_at.is_(None))
        .values(ended_at=clock.now(), outcome=outcome, error=error)
    )


# Built once: every dispatcher asks for it all the time.
_RUNNING = select(Job.id, Job.attempt, Job.heartbeat, Job.lease_owner).where(Job.state == JobState.RUNNING)


def running(session: Session) -> list[Running]:
    """Every running job, as it is now."""
    rows = session.execute(_RUNNING)
    return [Running(row.id, row.attempt, row.heartbeat, row.lease_owner or "") for row in rows]


def take_back(session: Session, job_id: str, number: int, heartbeat: int) -> Job | None:
    """The job whose lease ran out, locked for the caller; None if it moved after all, or is being written."""
    query = select(Job).where(
        Job.id == job_id, Job.attempt == number, Job.heartbeat == heartbeat, Job.state == JobState.RUNNING
    )
    return session.scalar(query.with_for_update(key_share=True, skip_locked=True))


def _mine(attempt: Claimed) -> Update:
    return (
        update(Job)
        .where(Job.id == attempt.job_id, Job.attempt == attempt.number, Job.state == JobState.RUNNING)
        .execution_options(synchronize_session=False)
    )


def _due() -> Any:
    moment: datetime = clock.now()
    return Job.not_before.is_(None) | (Job.not_before <= moment)
