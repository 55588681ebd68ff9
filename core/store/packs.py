"""Packed data sets: which blob holds the pixels of which set, at which size."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core import clock
from core.files import Blob
from core.store.library import Pack
from core.store.upsert import upsert


def find(session: Session, source: str, variant: str = "") -> Pack | None:
    """The pack of a set, by its name or id."""
    return session.get(Pack, (source, variant))


def record(session: Session, source: str, blob: Blob, variant: str = "") -> None:
    """Name the blob that holds a data set; a newer one replaces it."""
    row = {"source": source, "variant": variant, "digest": blob.digest, "bytes": blob.bytes}
    upsert(session, Pack, [{**row, "created_at": clock.now()}])


def drop(session: Session, source: str) -> None:
    """Forget every pack of a set; the sweeper takes the blobs."""
    session.execute(delete(Pack).where(Pack.source == source))
