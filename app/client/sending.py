"""A file on its way out, which tells how far it is."""

from collections.abc import Callable
from typing import IO

Sent = Callable[[int, int], None]


class Sending:
    """Reads a file for whoever sends it; sent again, it begins anew."""

    def __init__(self, file: IO[bytes], on_progress: Sent | None) -> None:
        self._file = file
        self._on_progress = on_progress
        self._size = file.seek(0, 2)
        file.seek(0)

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        if self._on_progress is not None:
            self._on_progress(self._file.tell(), self._size)
        return chunk

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()
