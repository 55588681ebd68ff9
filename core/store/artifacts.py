"""Artifacts: what a person downloads. The files themselves lie in core.files, by digest."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from core.store.tables import Artifact
from core.store.upsert import upsert

NAME = re.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


def record(session: Session, job_id: str, attempt: int, rows: Sequence[dict[str, Any]]) -> None:
    """Publish files; each row holds name, digest, bytes and media_type."""
    common = {"job_id": job_id, "attempt": attempt, "created_at": clock.now()}
    upsert(session, Artifact, [{**common, **row} for row in rows])


def of_job(session: Session, job_id: str) -> list[Artifact]:
    """Every artifact of the job, by name."""
    return list(session.scalars(select(Artifact).where(Artifact.job_id == job_id).order_by(Artifact.name)))


def get(session: Session, job_id: str, name: str) -> Artifact:
    """One artifact of the job."""
    artifact = session.get(Artifact, (job_id, name)) if NAME.fullmatch(name) else None
    if artifact is None:
        raise NotFound(f"this job has no artifact {name[:60]!r}; it has some once it has succeeded")
    return artifact
