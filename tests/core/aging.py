"""Blobs, and what lies beside them, as if they had been written long ago."""

import hashlib
import os
import time
from pathlib import Path

from core.files import FileStore

CONTENT = b"a student" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def old(path: Path) -> Path:
    """As if it had been written two hours ago."""
    past = time.time() - 7200
    os.utime(path, (past, past))
    return path


def an_hour_ago() -> float:
    return time.time() - 3600


def old_file(path: Path) -> Path:
    path.write_bytes(b"x")
    return old(path)


def put_long_ago(store: FileStore, source: Path) -> Path:
    return old(store.path(store.put(source).digest))


def staged(store: FileStore) -> list[str]:
    return [path.name for path in (store.root / "staging").iterdir()]
