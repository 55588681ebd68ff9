"""What lies on a disk and is still of use to a row: blobs of the file store, work folders."""

from collections.abc import Iterable

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from core.store.library import Dataset, Model, Pack
from core.store.tables import Artifact, Attempt, Checkpoint

NAMING = (Artifact, Checkpoint, Dataset, Pack, Model)


def named(session: Session, digests: Iterable[str]) -> set[str]:
    """Those of the digests that some row names."""
    asked = list(digests)
    query = union(*(select(t.digest).where(t.digest.in_(asked)) for t in NAMING))
    return set(session.scalars(query))


def ended(session: Session, job_id: str) -> dict[int, bool]:
    """The attempts at a job, and whether each has ended; one that has never goes on."""
    query = select(Attempt.number, Attempt.ended_at.is_not(None)).where(Attempt.job_id == job_id)
    return {number: over for number, over in session.execute(query)}
