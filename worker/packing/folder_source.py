"""Files in a folder of this machine. Links are refused: they lead where nobody said."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import ArchiveRefused
from worker.packing.limits import Limits
from worker.packing.names import Distinct, checked, decoded, is_junk, shown
from worker.packing.source import DamagedFile, File, within


@dataclass(frozen=True, slots=True)
class FolderFile(File):
    """A file of the folder, and its path as the system spells it."""

    path: bytes


class FolderSource:
    """A folder with everything below it."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._limits = limits
        self.files: list[FolderFile] = []
        self.guessed: list[str] = []
        distinct = Distinct()
        for path, size in _walk(os.fsencode(folder)):
            spelled = decoded(os.path.relpath(path, os.fsencode(folder)), says_utf8=False)
            name = checked(spelled)
            distinct.add(name, spelled)
            self.files.append(FolderFile(name, size, path))
            if len(self.files) > limits.entries:
                raise ArchiveRefused(f"it has more than {limits.entries:,} files")
        within(self.files, limits)
        self.size = sum(file.size for file in self.files)

    def read(self, file: File) -> bytes:
        """The content, if the file still is what it was."""
        assert isinstance(file, FolderFile)
        try:
            # Were it a pipe by now, opening it would wait for a writer.
            handle = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise DamagedFile(f"it can't be opened: {error.strerror}") from None
        with os.fdopen(handle, "rb") as opened:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise DamagedFile("it is no longer a regular file")
            content = opened.read(file.size + 1)
        if len(content) != file.size:
            raise DamagedFile("it changed while it was read")
        return content


def _walk(folder: bytes) -> Iterator[tuple[bytes, int]]:
    """Path and size of every regular file; what systems leave behind is passed over."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name = entry.name.decode("utf-8", "replace")
        if is_junk(name):
            continue
        kind = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(kind.st_mode):
            yield from _walk(entry.path)
        elif stat.S_ISREG(kind.st_mode):
            yield entry.path, kind.st_size
        else:
            raise ArchiveRefused(f"{shown(name)} is neither a regular file nor a folder")
