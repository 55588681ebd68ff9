"""What is read for those who poll: for many jobs at once, and of each no more than is needed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from core.lifecycle import JobState
from core.store import jobs, workers
from core.store.tables import Job
from core.store.types import Remembered
from core.store.unchanged import ASKED, MARKED, Known, current, nothing

# What changes hardly ever, and is most of a job.
LASTING = ("spec", "resolved", "origins")


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


def _light(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return sql_cast(column, Remembered()).label(column.key) if column.key in LASTING else column


# Built once: to build a statement of thirty columns takes longer than to run it.
_VERSIONS = select(Job.id, Job.owner, Job.version, Job.event_seq, Job.state).where(ASKED)
_MOMENTS = select(*(_light(column) for column in Job.__table__.columns)).where(ASKED)


def versions(session: Session, job_ids: Collection[str]) -> dict[str, Version]:
    """Of those jobs that exist."""
    rows = session.execute(_VERSIONS, {"job_ids": list(job_ids)})
    return {row.id: Version(row.owner, row.version, row.event_seq, row.state) for row in rows}


def moments(session: Session, job_ids: Collection[str], known: Known = nothing) -> dict[str, Moment]:
    """Of those jobs that exist.

    known    jobs of earlier moments: one that has not changed is not read again
    """
    marks = session.execute(MARKED, {"job_ids": list(job_ids)})
    # A row has every attribute of a Job that is only looked at, and is read in half the time.
    found = current(session, marks, _MOMENTS, known)
    waits = any(job.state == JobState.QUEUED for job in found.values())
    gpus = workers.most_gpus(session) if waits else None
    return {job_id: Moment(job, jobs.queue_position(session, job), gpus) for job_id, job in found.items()}
