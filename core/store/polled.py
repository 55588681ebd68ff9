"""What is read for those who poll: for many jobs at once, and of each no more than is needed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.lifecycle import JobState
from core.store import jobs, workers
from core.store.tables import Job


@dataclass(frozen=True)
class Version:
    """Enough to tell whether a job has changed, and to whom it may be told."""

    owner: str
    version: int
    event_seq: int
    state: str


@dataclass(frozen=True)
class Moment:
    """A job and what only the moment tells of it.

    position    its place in the queue, where it waits there
    gpus        of the best equipped worker; None without any, or where nobody asks
    """

    job: Job
    position: int | None
    gpus: int | None


def versions(session: Session, job_ids: Collection[str]) -> dict[str, Version]:
    """Of those jobs that exist."""
    query = select(Job.id, Job.owner, Job.version, Job.event_seq, Job.state).where(Job.id.in_(job_ids))
    return {
        row.id: Version(row.owner, row.version, row.event_seq, row.state) for row in session.execute(query)
    }


def moments(session: Session, job_ids: Collection[str]) -> dict[str, Moment]:
    """Of those jobs that exist."""
    # A row has every attribute of a Job that is only looked at, and is read in half the time.
    query = select(*Job.__table__.columns).where(Job.id.in_(job_ids))
    found = cast(Sequence[Job], session.execute(query).all())
    waits = any(job.state == JobState.QUEUED for job in found)
    gpus = workers.most_gpus(session) if waits else None
    return {job.id: Moment(job, jobs.queue_position(session, job), gpus) for job in found}
