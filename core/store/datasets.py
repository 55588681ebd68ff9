"""Data sets that people brought: kept, packed or refused, deleted."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import update
from sqlalchemy.orm import Session

from core import clock, ids
from core.errors import NotFound
from core.files import Blob
from core.store import chores, packs
from core.store.cut import ALL, Cut, rows
from core.store.library import Dataset
from core.store.needs import needing, still_needed

PACKING, READY, REFUSED = "packing", "ready", "refused"
PACK = "pack_dataset"
Resize = Literal["crop", "squash"]


@dataclass(frozen=True)
class Wanted:
    """How a set is to be packed: side of the images, None for the set's own; and how they get there.

    names_encoding    how names in the zip are written where it does not say so itself
    """

    image_size: int | None = None
    resize: Resize = "crop"
    names_encoding: str | None = None


@dataclass(frozen=True)
class Page:
    """Some data sets, and whether there are more behind them."""

    datasets: list[Dataset]
    has_more: bool


def add_upload(session: Session, owner: str, name: str, blob: Blob, wanted: Wanted) -> Dataset:
    """Keep an archive that was sent, and have it packed."""
    return _add(session, owner, name, wanted, source="upload", digest=blob.digest, bytes=blob.bytes)


def add_folder(session: Session, owner: str, name: str, folder: str, wanted: Wanted) -> Dataset:
    """Note a folder on the service's side, and have it packed."""
    return _add(session, owner, name, wanted, source="folder", folder=folder)


def get(
    session: Session, dataset_id: str, owner: str | None, *, lock: Literal["kept", "changed"] | None = None
) -> Dataset:
    """The data set; NotFound when there is none, or it is another owner's. `owner` None sees all.

    lock    until the transaction ends it is not deleted, or nobody else touches it
    """
    locked = None if lock is None else {"key_share": lock == "kept", "read": lock == "kept"}
    found = session.get(Dataset, dataset_id, with_for_update=locked) if ids.is_id("ds", dataset_id) else None
    if found is None or (owner is not None and found.owner != owner):
        raise NotFound(f"no data set {dataset_id[:60]!r}")
    return found


def page(
    session: Session, owner: str | None, *, limit: int, cut: Cut = ALL, behind: str | None = None
) -> Page:
    """Up to `limit` data sets behind an id, in the order that is asked for."""
    found = list(session.scalars(rows(Dataset, owner, cut, behind).limit(limit + 1)))
    return Page(found[:limit], len(found) > limit)


def became_ready(session: Session, dataset_id: str, facts: dict[str, Any], preview: dict[str, Any]) -> None:
    """It is packed: jobs may use it."""
    _change(session, dataset_id, state=READY, facts=facts, preview=preview, error=None)


def note_preview(session: Session, dataset_id: str, preview: dict[str, Any]) -> None:
    """What was found in one that will be refused."""
    _change(session, dataset_id, preview=preview)


def was_refused(session: Session, dataset_id: str, error: dict[str, Any]) -> None:
    """It can't be used, for this reason."""
    _change(session, dataset_id, state=REFUSED, error=error)


def remove(session: Session, dataset: Dataset) -> None:
    """Delete it with its packs; the sweeper takes the blobs.

    Conflict    a job that has not ended needs it
    """
    if needed_by := needing(session, dataset.id):
        raise still_needed("this data set", needed_by, state=dataset.state)
    chores.drop(session, dataset.id)
    packs.drop(session, dataset.id)
    session.delete(dataset)


def _add(session: Session, owner: str, name: str, wanted: Wanted, **where: Any) -> Dataset:
    moment = clock.now()
    values = {
        "folder": None,
        "digest": None,
        "bytes": 0,
        "facts": None,
        "preview": None,
        "error": None,
    } | where
    dataset = Dataset(
        id=ids.new("ds"), owner=owner, name=name, state=PACKING, image_size=wanted.image_size,
        resize=wanted.resize, names_encoding=wanted.names_encoding, version=1, created_at=moment,
        updated_at=moment, **values,
    )  # fmt: skip
    session.add(dataset)
    session.flush()
    chores.add(session, PACK, dataset.id)
    return dataset


def _change(session: Session, dataset_id: str, **values: Any) -> None:
    session.execute(
        update(Dataset)
        .where(Dataset.id == dataset_id)
        .values(**values, version=Dataset.version + 1, updated_at=clock.now())
    )
