"""The part of a file that has arrived so far.

It lies in `<target>.<sha256>.partial`: the name says of which content it is a part, so that another process
can go on with it. Under its own name a file is always whole and verified.
"""

import glob
import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_NAME = re.compile(r"\.([0-9a-f]{64})\.partial")


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Partial:
    """A part of `target`, which will have this sha256."""

    target: Path
    sha256: str

    @classmethod
    def left_behind(cls, target: Path) -> Self | None:
        """What an earlier try got, if there was one."""
        for path in target.parent.glob(f"{glob.escape(target.name)}.*.partial"):
            named = _NAME.fullmatch(path.name.removeprefix(target.name))
            if named and path.stat().st_size:
                return cls(target, named[1])
        return None

    @property
    def path(self) -> Path:
        return self.target.with_name(f"{self.target.name}.{self.sha256}.partial")

    def size(self) -> int:
        return self.path.stat().st_size

    def write(self, chunks: Iterable[bytes], start: int, arrived: Callable[[int], None]) -> None:
        """Put what arrives behind the first `start` bytes; `arrived` is told how many there are now."""
        self.path.touch()
        with self.path.open("r+b") as out:
            out.seek(start)
            out.truncate()
            for chunk in chunks:
                out.write(chunk)
                arrived(out.tell())
            out.flush()
            os.fsync(out.fileno())

    def finish(self) -> bool:
        """Give the file its own name if it is what it should be; else throw it away."""
        if sha256_of(self.path) == self.sha256:
            self.path.replace(self.target)
            return True
        self.discard()
        return False

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
