"""Packed data sets: which blob holds which set."""

from sqlalchemy.orm import Session

from core import clock
from core.files import Blob
from core.store.tables import Dataset
from core.store.upsert import upsert


def find(session: Session, name: str) -> Dataset | None:
    return session.get(Dataset, name)


def record(session: Session, name: str, blob: Blob) -> None:
    """Name the blob that holds a data set; a newer one replaces it."""
    row = {"name": name, "digest": blob.digest, "bytes": blob.bytes, "created_at": clock.now()}
    upsert(session, Dataset, [row])
