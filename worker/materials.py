"""Lay ready what a trainer needs, so that it needs no network: the packed data set of its job."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.errors import DatasetUnavailable, DiskFull, StoreUnavailable
from core.files import FileStore
from core.lifecycle import Wish
from core.settings import Settings
from core.store import attempts, packs
from core.store.attempts import Claimed
from core.store.session import Database
from worker import own_data
from worker.chores.packing import Packer
from worker.outcome import Outcome
from worker.supervisor import Place
from worker.trainer_process import die_with

# Sets that a trainer makes by itself, from a package.
BUILT = ("digits",)
FETCHER = "worker.fetch"
LOOK_SECONDS = 1.0

Asked = Callable[[], Outcome | None]


class BrokenOff(Exception):
    """What was under way is no longer wanted."""

    def __init__(self, ended: Outcome) -> None:
        self.ended = ended


def lay_ready(
    database: Database, files: FileStore, settings: Settings, attempt: Claimed, place: Place
) -> Outcome | None:
    """Link `<data>/<name>.safetensors` to the packed file of the job's data set, wherever that comes from.

    returns     how the attempt ends when it was not to go on meanwhile; None when all is there

    DatasetUnavailable    it is not stored and can't be fetched
    """
    asked = attempt.resolved["dataset"]
    place.shared.mkdir(parents=True, exist_ok=True)
    end = partial(_end, database, attempt, place)
    try:
        if asked["kind"] == "uploaded":
            packer = partial(Packer, files, place.folder, partial(_go_on, end), settings.packing_seconds)
            packed = own_data.lay_ready(database, files, asked, place.shared, packer)
        elif asked["name"] not in BUILT:
            packed = _known(database, files, asked["name"], place, end)
        else:
            return None
    except BrokenOff as broken:
        return broken.ended
    place.data.mkdir(exist_ok=True)
    link = place.data / f"{asked.get('id') or asked['name']}.safetensors"
    link.unlink(missing_ok=True)
    link.symlink_to(packed)
    return None


def _known(database: Database, files: FileStore, name: str, place: Place, end: Asked) -> Path:
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
    ended = fetch(name, place.folder, end)
    if ended is not None:
        raise BrokenOff(ended)
    blob = files.put(place.folder / packed.name)
    with database.writing() as session:
        packs.record(session, name, blob)
    files.fetch(blob.digest, packed)
    return packed


def _go_on(end: Asked) -> None:
    if (ended := end()) is not None:
        raise BrokenOff(ended)


def fetch(name: str, folder: Path, end: Asked) -> Outcome | None:
    """A process of its own, which torchvision brings torch into, and which dies with this one.

    end    is asked every now and then; what it answers, unless None, breaks the download off
    """
    command = [sys.executable, "-m", FETCHER, name, "--to", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=folder,
        preexec_fn=partial(die_with, os.getpid()),
    ) as fetching:  # fmt: skip
        try:
            return _stay_with(fetching, name, end)
        finally:
            fetching.kill()


def _stay_with(fetching: subprocess.Popen[str], name: str, end: Asked) -> Outcome | None:
    while True:
        try:
            _, said = fetching.communicate(timeout=LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            if (ended := end()) is not None:
                return ended
        else:
            if fetching.returncode != 0:
                raise _unavailable(name, said)
            return None


def _end(database: Database, attempt: Claimed, place: Place) -> Outcome | None:
    """What a drain or the person asks for. A stop is for the trainer, which has yet to come.

    LeaseLost    the job belongs to a newer attempt
    """
    if place.holding.is_draining():
        return Outcome("suspended")
    try:
        with database.writing() as session:
            wish = attempts.beat(session, attempt)
    except (StoreUnavailable, DiskFull):
        return None
    match wish:
        case Wish.CANCEL:
            return Outcome("cancelled")
        case Wish.PAUSE:
            return Outcome("suspended")
        case _:
            return None


def _unavailable(name: str, said: str) -> DatasetUnavailable:
    """What the fetching process said: a line `code: detail`, and behind it what to do."""
    _, found, rest = said.rpartition(f"{DatasetUnavailable.code}: ")
    detail, _, advice = rest.strip().partition("\n")
    if not found:
        return DatasetUnavailable(f"fetching {name} failed: {said.strip()[-500:]}")
    return DatasetUnavailable(detail[:1000], hint=advice or None)
