"""Lay ready a data set that somebody brought, at the size that the job asks for: packed then, or now."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import DatasetUnavailable, NotFound
from core.files import Blob, FileStore
from core.store import datasets, packs
from core.store.datasets import READY
from core.store.library import Dataset
from core.store.session import Database
from worker.chores.packing import Packer

DELETED = "The data set was deleted: upload it again, and name the new one."


def lay_ready(
    database: Database, files: FileStore, asked: dict[str, Any], to: Path, packer: Callable[[], Packer]
) -> Path:
    """The packed file, in the folder `to`, where jobs of this machine share it.

    asked    the data set of a resolved spec

    DatasetUnavailable    it was deleted, or never became ready
    """
    with database.reading() as session:
        dataset = _ready(lambda: datasets.get(session, asked["id"], None))
        variant = _variant(dataset, asked)
        known = packs.find(session, dataset.id, variant)
    digest = known.digest if known is not None else _pack(database, dataset, variant, packer()).digest
    path = to / f"{digest}.safetensors"
    if not path.exists():
        files.fetch(digest, path)
    return path


def title(database: Database, asked: dict[str, Any]) -> str:
    """What its owner calls it.

    DatasetUnavailable    it was deleted
    """
    with database.reading() as session:
        return _ready(lambda: datasets.get(session, asked["id"], None)).name


def _ready(read: Callable[[], Dataset]) -> Dataset:
    try:
        dataset = read()
    except NotFound as error:
        raise DatasetUnavailable(error.detail, hint=DELETED) from error
    if dataset.state != READY or dataset.facts is None:
        raise DatasetUnavailable(f"the data set {dataset.id} is {dataset.state}, not ready")
    return dataset


def _variant(dataset: Dataset, asked: dict[str, Any]) -> str:
    """Empty where the set is wanted as it was packed when it came."""
    assert dataset.facts is not None, "a data set that is ready has facts"
    if "columns" in dataset.facts:  # a table has no other size
        return ""
    own = (dataset.facts["image_size"], dataset.resize)
    wanted = (asked.get("image_size") or own[0], asked.get("resize") or own[1])
    return "" if wanted == own else f"{wanted[0]}-{wanted[1]}"


def _pack(database: Database, dataset: Dataset, variant: str, packer: Packer) -> Blob:
    size, _, resize = variant.partition("-")
    blob, _ = packer.pack(dataset, int(size), resize)
    with database.writing() as session:
        packs.record(session, dataset.id, blob, variant)
    return blob
