"""Files named by the sha256 of their content. What is put once never changes and never half exists."""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core import removal
from core.errors import DigestMismatch, DiskFull, FilesUnavailable, NotFound
from core.tidying import is_old_file, listed

CHUNK = 1 << 20
# A quota and a limit on the size of files are a full disk to whoever is bound by them.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DIGEST, _PREFIX = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{2}")
_STAGED = re.compile(r"\w+\.partial")


@dataclass(frozen=True)
class Blob:
    """A stored file: its sha256 in hex, and its size."""

    digest: str
    bytes: int


class Receiver:
    """Takes in a file that comes piece by piece; what is not kept at the end leaves nothing behind."""

    def __init__(self, store: "FileStore", temporary: Path, out: BinaryIO) -> None:
        self._store = store
        self._temporary = temporary
        self._out = out
        self._sha256 = hashlib.sha256()
        self.bytes = 0

    def write(self, chunk: bytes) -> None:
        """The next piece.

        DiskFull    there is no room for it
        """
        with _coded():
            self._sha256.update(chunk)
            self._out.write(chunk)
        self.bytes += len(chunk)

    def keep(self, expected: str | None = None) -> Blob:
        """That was all of it: after this returns, a power cut does not lose it.

        expected    the sha256 that it must have
        """
        digest = self._sha256.hexdigest()
        with _coded():
            self._out.flush()
            os.fsync(self._out.fileno())
            if expected not in (None, digest):
                raise DigestMismatch(f"read {digest} where {expected} was written")
            self._store.publish(self._temporary, digest)
        return Blob(digest, self.bytes)

    def share(self) -> str:
        """Let other processes read what has come; returns the name by which `staged` finds it.

        Safe on the disk first: on one that is shared over a network, nobody else sees it before.
        """
        with _coded():
            self._out.flush()
            os.fsync(self._out.fileno())
        return self._temporary.name


class FileStore:
    """Blobs in a local folder, `<root>/<first two hex digits>/<digest>`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._staging = root / "staging"

    def put(self, source: Path, expected: str | None = None) -> Blob:
        """Copy a file in, durably: after this returns, a power cut does not lose it.

        expected                    the sha256 that it must have
        DiskFull, DigestMismatch    nothing was stored
        """
        with source.open("rb") as stream:
            return self.put_stream(stream, expected)

    def put_stream(self, stream: BinaryIO, expected: str | None = None) -> Blob:
        """Like `put`, hashing while copying."""
        with _coded(), self.receiving() as receiver:
            while chunk := stream.read(CHUNK):
                receiver.write(chunk)
            return receiver.keep(expected)

    @contextmanager
    def receiving(self) -> Iterator[Receiver]:
        """For a file that comes piece by piece.

        DiskFull, FilesUnavailable    there is no place for it
        """
        with _coded(), self._staged() as (temporary, out):
            yield Receiver(self, temporary, out)

    def publish(self, temporary: Path, digest: str) -> None:
        """Give a staged file, which is safe on the disk, its name."""
        place = self._place(digest)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mine = temporary.stat()
        os.replace(temporary, place)
        removal.forbid(place, self._staging, mine)
        _sync_folder(place.parent)

    def path(self, digest: str) -> Path:
        """Where the blob lies; NotFound when it is not here."""
        path = self._place(digest)
        if not _DIGEST.fullmatch(digest) or not path.is_file():
            raise NotFound(f"no file with sha256 {digest}")
        return path

    def staged(self, name: str) -> Path:
        """Where a file lies that a receiver shares; NotFound when it is gone."""
        path = self._staging / name
        if not _STAGED.fullmatch(name) or not path.is_file() or path.is_symlink():
            raise NotFound(f"no staged file {name[:60]!r}")
        return path

    def fetch(self, digest: str, to: Path) -> None:
        """Copy a blob out and verify it on the way; a failure leaves nothing behind.

        DigestMismatch    the stored copy is damaged
        DiskFull          there is no room for it
        """
        sha256 = hashlib.sha256()
        with _coded(), _temporary(to.parent) as (temporary, out), self.path(digest).open("rb") as source:
            while chunk := source.read(CHUNK):
                sha256.update(chunk)
                out.write(chunk)
            out.flush()
            if sha256.hexdigest() != digest:
                raise DigestMismatch(f"the stored file {digest} is damaged")
            os.replace(temporary, to)

    def check(self) -> None:
        """Raise FilesUnavailable unless the store can be written to."""
        with _coded(), self._staged():
            pass

    def older_than(self, moment: float) -> Iterator[str]:
        """Digests of the blobs that were put before a moment (seconds since 1970)."""
        for folder in listed(self.root):
            for path in listed(folder) if _PREFIX.fullmatch(folder.name) else []:
                if _DIGEST.fullmatch(path.name) and is_old_file(path, moment):
                    yield path.name

    def remove(self, digest: str, moment: float) -> bool:
        """Delete a blob that nobody names, unless it was put again since that moment; whether it is gone."""
        return removal.remove(self._place(digest), self._staging, moment)

    def remove_staged(self, moment: float) -> None:
        """Delete what was left in between before a moment by a process that died."""
        removal.remove_staged(self._staging, moment)

    def _place(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    @contextmanager
    def _staged(self) -> Iterator[tuple[Path, BinaryIO]]:
        """A temporary file on the file system of the store."""
        self._staging.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _temporary(self._staging) as opened:
            yield opened


@contextmanager
def _temporary(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A file of this writer's own, gone afterwards unless it was renamed."""
    handle, name = tempfile.mkstemp(dir=folder, suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as out:
            yield Path(name), out
    finally:
        Path(name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """A rename is durable only once its folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _coded() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull("no space is left in the file store") from error
        raise FilesUnavailable(f"the file store failed: {error.strerror}") from error
