"""Lay ready what a trainer needs, so that it needs no network: the packed data set of its job."""

import subprocess
import sys
from pathlib import Path

from core.errors import DatasetUnavailable
from core.files import FileStore
from core.store import datasets
from core.store.session import Database

# Sets that a trainer makes by itself, from a package.
BUILT = ("digits",)


def lay_ready(name: str, folder: Path, database: Database, files: FileStore) -> None:
    """Put `<folder>/<name>.safetensors` there: from the file store, or fetched and then stored.

    DatasetUnavailable    it is not stored and can't be fetched
    """
    packed = folder / f"{name}.safetensors"
    if name in BUILT or packed.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with database.reading() as session:
        stored = datasets.find(session, name)
    if stored is not None:
        return files.fetch(stored.digest, packed)
    _fetch(name, folder)
    blob = files.put(packed)
    with database.writing() as session:
        datasets.record(session, name, blob)


def _fetch(name: str, folder: Path) -> None:
    """A process of its own: torchvision brings torch along."""
    command = [sys.executable, "-m", "worker.fetch", name, "--to", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise _unavailable(name, done.stderr)


def _unavailable(name: str, said: str) -> DatasetUnavailable:
    """What the fetching process said: a line `code: detail`, and behind it what to do."""
    _, found, rest = said.rpartition(f"{DatasetUnavailable.code}: ")
    detail, _, advice = rest.strip().partition("\n")
    if not found:
        return DatasetUnavailable(f"fetching {name} failed: {said.strip()[-500:]}")
    return DatasetUnavailable(detail[:1000], hint=advice or None)
