"""Write a file so that a reader sees all of it or none."""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import faults

MODE = 0o644  # mkstemp makes files that only their owner can read
# Once for itself, once for the copy that a supervisor stores, and as much again for whoever else needs space:
# the database of a local service, say, which may lie on the same disk.
TIMES_ITS_SIZE = 3


def write(path: Path, content: bytes | memoryview, what: str = "artifact") -> Path:
    """Put the content there atomically and durably: a file beside it, fsync, rename, fsync of the folder.

    what    names the fault points: `{what}.write`, `{what}.rename`, `{what}.sync`
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            half = len(content) // 2
            file.write(content[:half])
            faults.point(f"{what}.write")
            file.write(content[half:])
            file.flush()
            os.fchmod(file.fileno(), MODE)
            os.fsync(file.fileno())
        faults.point(f"{what}.rename")
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    faults.point(f"{what}.sync")
    _sync_folder(path.parent)
    return path


def reserve(folder: Path, size: int) -> None:
    """Raise OSError unless there is room for a file of so many bytes, and for what follows from it."""
    free = shutil.disk_usage(folder).free
    if free < TIMES_ITS_SIZE * size:
        raise OSError(errno.ENOSPC, f"{free:,} bytes are free, needed are {TIMES_ITS_SIZE} times {size:,}")


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """Readable JSON in UTF-8; a number that is not finite is an error, as JSON knows none."""
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
