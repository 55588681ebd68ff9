"""Which blobs of the file store are still named by a row."""

from collections.abc import Iterable

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from core.store.tables import Artifact, Checkpoint, Dataset


def named(session: Session, digests: Iterable[str]) -> set[str]:
    """Those of the digests that some row names."""
    asked = list(digests)
    query = union(*(select(t.digest).where(t.digest.in_(asked)) for t in (Artifact, Checkpoint, Dataset)))
    return set(session.scalars(query))
