"""Where the images come from: something with named files that can be read whole, each within a bound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import ArchiveRefused
from worker.packing.limits import Limits
from worker.packing.names import shown


@dataclass(frozen=True, slots=True)
class File:
    """A regular file in the source.

    name    its path with slashes, in normal form C
    size    bytes that it says it has
    """

    name: str
    size: int


class DamagedFile(Exception):
    """One file can't be used; the others may be sound. The message is the reason."""


class Source(Protocol):
    """A zip file or a folder. `read` may be called from several threads."""

    @property
    def files(self) -> Sequence[File]: ...

    @property
    def guessed(self) -> Sequence[str]:
        """Names of which nothing says how they are written."""

    @property
    def size(self) -> int:
        """Bytes of the source itself."""

    def read(self, file: File) -> bytes:
        """The whole content; never more than the file says it has.

        raises DamagedFile, and ArchiveRefused where the source lied
        """


def within(files: Sequence[File], limits: Limits) -> None:
    """Refuse a source that says it is too large; what it says is checked again while it is read."""
    for file in files:
        if file.size > limits.file_bytes:
            raise ArchiveRefused(f"{shown(file.name)} has more than {limits.file_bytes:,} bytes")
    if sum(file.size for file in files) > limits.total_bytes:
        raise ArchiveRefused(f"unpacked it has more than {limits.total_bytes:,} bytes")
