"""The files of one table: immutable, each what one epoch has added to it.

Their name is the sha256 of their bytes. Two jobs that compute the same write the same file; what is torn, or
none of ours, is not what its name says and is never believed.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from core.tidying import listed, remove_old
from worker.engine.cache.eviction import make_room, mark_used
from worker.engine.cache.table import Cells, Halves
from worker.engine.exports.checkpoints import safetensors
from worker.engine.exports.files import reserve, write

NAME = re.compile(r"[0-9a-f]{64}\.safetensors")
# Nobody takes so long over a file: what is half written since then was left by a process that is gone.
HALF_WRITTEN_SECONDS = 86_400.0


@dataclass(frozen=True)
class Shelf:
    """Where the tables of all jobs lie, and how many bytes of them are kept."""

    folder: Path
    most_bytes: int


class Segments:
    """The part of the shelf that belongs to one key. Whatever goes wrong with it costs time, not the run."""

    def __init__(self, shelf: Shelf, key: str, warn: Callable[[str], None]) -> None:
        self.shelf = shelf
        self.key = key
        self.folder = shelf.folder / key
        self.warn = warn
        self.seen: set[str] = set()
        self.gave_up = False

    def unread(self, cells: int, classes: int) -> Iterator[tuple[Cells, Halves]]:
        """What was added since the last look, by whomever, to a table of this size."""
        if not self.folder.is_dir():
            return
        mark_used(self.folder)
        for path in listed(self.folder):
            if path.name.startswith("."):
                remove_old(path, time.time() - HALF_WRITTEN_SECONDS)
            elif NAME.fullmatch(path.name) and path.name not in self.seen:
                self.seen.add(path.name)
                try:
                    yield _read(path, cells, classes)
                except (OSError, ValueError, KeyError, SafetensorError) as error:
                    self.warn(f"a file of the teacher cache is left out: {path.name}: {error}")

    def add(self, cells: Cells, logits: Halves) -> None:
        """Keep these for others; where the disk is full, they are computed again."""
        if self.gave_up:
            return
        tensors = {"cells": cells.to(torch.int32), "logits": logits}
        content = safetensors(tensors, {"key": self.key})
        name = f"{hashlib.sha256(content).hexdigest()}.safetensors"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if make_room(self.shelf.folder, self.folder, len(content), self.shelf.most_bytes):
                reserve(self.folder, len(content))
                write(self.folder / name, content, "cache")
                self.seen.add(name)
        except OSError as error:
            self.gave_up = True
            self.warn(f"the teacher cache is not written any more: {error.strerror or error}")


def _read(path: Path, cells: int, classes: int) -> tuple[Tensor, Tensor]:
    """The content of a file that is whole, and fits.

    raises OSError, ValueError, KeyError, SafetensorError if it does not
    """
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != path.stem:
        raise ValueError("it is not what its name says")
    tensors = load(content)
    found, logits = tensors["cells"].long(), tensors["logits"]
    fits = logits.dtype == torch.half and logits.shape == (len(found), classes)
    if not fits or not bool(((found >= 0) & (found < cells)).all()):
        raise ValueError("it is of another table")
    return found, logits
