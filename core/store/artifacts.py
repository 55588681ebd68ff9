"""Artifacts: what a person downloads. The files themselves lie in core.files, by digest."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from core.lifecycle import JobState
from core.store.tables import Artifact, Checkpoint, Job
from core.store.upsert import upsert

# The students beside a checkpoint, by their kind there.
STUDENTS = {"best": "student.safetensors", "last": "student.last.safetensors"}
NAME = re.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


def record(session: Session, job_id: str, attempt: int, rows: Sequence[dict[str, Any]]) -> None:
    """Publish files; each row holds name, digest, bytes and media_type."""
    common = {"job_id": job_id, "attempt": attempt, "created_at": clock.now()}
    upsert(session, Artifact, [{**common, **row} for row in rows])


def settle(session: Session, job: Job, to: JobState) -> None:
    """What a job has to show in its end: all of one attempt if it succeeded; else the students it had so far.

    These were kept beside its checkpoints: who cancels a paused job, or one whose worker is dead, asks nobody
    who could write them.
    """
    if to is JobState.SUCCEEDED:
        session.execute(delete(Artifact).where(Artifact.job_id == job.id, Artifact.attempt < job.attempt))
        return
    for kind, name in STUDENTS.items():
        query = select(Checkpoint).where(Checkpoint.job_id == job.id, Checkpoint.kind == kind)
        student = session.scalar(query.order_by(Checkpoint.sequence.desc()).limit(1))
        known = session.get(Artifact, (job.id, name), populate_existing=True)
        if student is not None and (known is None or known.attempt < student.attempt):
            row = {"digest": student.digest, "bytes": student.bytes, "media_type": "application/octet-stream"}
            record(session, job.id, student.attempt, [{"name": name, **row}])


def of_job(session: Session, job_id: str) -> list[Artifact]:
    """Every artifact of the job, by name."""
    return list(session.scalars(select(Artifact).where(Artifact.job_id == job_id).order_by(Artifact.name)))


def get(session: Session, job_id: str, name: str) -> Artifact:
    """One artifact of the job."""
    artifact = session.get(Artifact, (job_id, name)) if NAME.fullmatch(name) else None
    if artifact is None:
        raise NotFound(f"this job has no artifact {name[:60]!r}; it has some once it has succeeded")
    return artifact
