"""Keep the tables of all jobs within a bound: the one that was used last longest ago goes first."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from core.tidying import listed, one_of_many

KEY = re.compile("[0-9a-f]{64}")


def mark_used(folder: Path) -> None:
    """The time of a table's folder is that of its last use."""
    with one_of_many(folder):
        os.utime(folder)


def make_room(shelf: Path, own: Path, size: int, most_bytes: int) -> bool:
    """Remove other tables until `size` more bytes fit; whether they do.

    A job whose table is removed has read it already, and goes on with what it has in memory.
    """
    left = {folder: _bytes(folder) for folder in listed(shelf) if KEY.fullmatch(folder.name)}
    others = sorted((folder for folder in left if folder != own), key=_used)
    while sum(left.values()) + size > most_bytes:
        if not others:
            return False
        oldest = others.pop(0)
        shutil.rmtree(oldest, ignore_errors=True)
        left[oldest] = _bytes(oldest)
    return True


def _bytes(folder: Path) -> int:
    return sum(_sizes(folder))


def _sizes(folder: Path) -> Iterator[int]:
    for path in listed(folder):
        with one_of_many(path):
            yield path.lstat().st_size


def _used(folder: Path) -> float:
    with one_of_many(folder):
        return folder.lstat().st_mtime
    return 0.0  # somebody has just removed it
