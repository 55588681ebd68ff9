"""Earlier jobs of an owner: the same, and alike."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.lifecycle import JobState
from core.spec import JobSpec
from core.spec.likeness import likeness, sameness
from core.store.tables import Artifact, Job

# The newest of those that are alike; so many are looked at, and no more.
MOST = 50
_DUPLICATES = (JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED)


@dataclass(frozen=True)
class Past:
    """A job that succeeded at its first attempt: its spec, how long it took, and where its report lies."""

    resolved: dict[str, Any]
    seconds: float
    report: str | None


def duplicate_of(session: Session, owner: str, resolved: JobSpec) -> str | None:
    """The newest job of the owner with the same resolved spec that waits, runs or has succeeded."""
    query = select(Job.id).where(
        Job.owner == owner, Job.spec_sha256 == sameness(resolved), Job.state.in_(_DUPLICATES)
    )
    return session.scalar(query.order_by(Job.id.desc()).limit(1))


def alike(session: Session, owner: str, resolved: JobSpec) -> list[Past]:
    """Jobs of the owner with the same data, networks and batches that ran through at once, newest first."""
    newest = (
        select(Job.id)
        .where(Job.owner == owner, Job.likeness == likeness(resolved))
        .order_by(Job.id.desc())
        .limit(MOST)
    )
    reported = (Artifact.job_id == Job.id) & (Artifact.name == "report.json")
    query = (
        select(Job.resolved, Job.started_at, Job.finished_at, Artifact.digest)
        .outerjoin(Artifact, reported)
        .where(Job.id.in_(newest), Job.state == JobState.SUCCEEDED, Job.attempt == 1)
        .order_by(Job.id.desc())
    )
    return [
        Past(row.resolved, (row.finished_at - row.started_at).total_seconds(), row.digest)
        for row in session.execute(query)
        if row.started_at is not None and row.finished_at is not None
    ]
