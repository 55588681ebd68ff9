"""Jobs that were read before, and are read again only where something was written since."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from core.store.tables import Job

# Gives a job as it was read before, if it was.
Known = Callable[[str], Job | None]

ASKED = Job.id.in_(bindparam("job_ids", expanding=True))
# Every write to a job raises its version, or the heartbeat of who works on it.
MARKS: Any = select(Job.id, Job.version, Job.heartbeat)
MARKED = MARKS.where(ASKED)


def nothing(_job_id: str) -> None:
    """What is known to who has read nothing before."""


def current(session: Session, marks: Iterable[Any], rows: Select[Any], known: Known) -> dict[str, Job]:
    """The jobs that the marks are of, in their order.

    rows    reads all that is wanted of the jobs that are `ASKED` for
    """
    found = {mark.id: _unchanged(known(mark.id), mark) for mark in marks}
    changed = [job_id for job_id, job in found.items() if job is None]
    if changed:
        found |= {row.id: row for row in session.execute(rows, {"job_ids": changed})}
    return {job_id: job for job_id, job in found.items() if job is not None}


def _unchanged(job: Job | None, mark: Any) -> Job | None:
    if job is None or (job.version, job.heartbeat) != (mark.version, mark.heartbeat):
        return None
    return job
