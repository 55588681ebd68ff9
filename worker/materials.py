"""Lay ready what a trainer needs, so that it needs no network: the packed data set of its job."""

from functools import partial
from pathlib import Path

from core.files import FileStore
from core.settings import Settings
from core.spec.tables import BUILTIN_TABLES
from core.store import packs
from core.store.attempts import Claimed
from core.store.session import Database
from worker import own_data
from worker.chores.packing import Packer
from worker.fetching import BrokenOff, Look, fetch, go_on
from worker.outcome import Outcome
from worker.supervisor import Place

# Sets that a trainer makes by itself, from a package.
BUILT = ("digits", *BUILTIN_TABLES)


def lay_ready(
    database: Database, files: FileStore, settings: Settings, attempt: Claimed, place: Place
) -> Outcome | None:
    """Link `<data>/<name>.safetensors` to the packed file of the job's data set, wherever that comes from.

    Beside one that somebody brought lies `<id>.title`: what its owner calls it.

    returns     how the attempt ends when it was not to go on meanwhile; None when all is there

    DatasetUnavailable    it is not stored and can't be fetched
    """
    asked = attempt.resolved["dataset"]
    place.shared.mkdir(parents=True, exist_ok=True)
    look = partial(go_on, database, attempt, place)
    try:
        if asked["kind"] in ("uploaded", "table"):
            packer = partial(Packer, files, place.folder, look, settings.packing_seconds)
            packed = own_data.lay_ready(database, files, asked, place.shared, packer)
        elif asked["kind"] == "builtin" and asked["name"] not in BUILT:
            packed = _known(database, files, asked["name"], place, look)
        else:
            return None
    except BrokenOff as broken:
        return broken.ended
    place.data.mkdir(exist_ok=True)
    link = place.data / f"{asked.get('id') or asked['name']}.safetensors"
    link.unlink(missing_ok=True)
    link.symlink_to(packed)
    if "id" in asked:
        link.with_suffix(".title").write_text(own_data.title(database, asked), encoding="utf-8")
    return None


def _known(database: Database, files: FileStore, name: str, place: Place, look: Look) -> Path:
    """A set that is known by name: here already, or in the file store, or fetched and then stored."""
    packed = place.shared / f"{name}.safetensors"
    if packed.exists():
        return packed
    with database.reading() as session:
        stored = packs.find(session, name)
    if stored is not None:
        files.fetch(stored.digest, packed)
        return packed
    # Into the folder of the attempt: a download that is broken off leaves nothing behind elsewhere.
    fetch([name], place.folder, look)
    blob = files.put(place.folder / packed.name)
    with database.writing() as session:
        packs.record(session, name, blob)
    files.fetch(blob.digest, packed)
    return packed
