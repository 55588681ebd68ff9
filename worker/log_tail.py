"""Follows what the trainer prints, line by line, while it is being written."""

from collections.abc import Iterator
from typing import IO

AT_ONCE = 1 << 20
LONGEST_LINE = 1 << 16


class LogTail:
    """Whole lines; the last one waits for its end. A line that never ends comes in pieces."""

    def __init__(self, log: IO[bytes]) -> None:
        self._log = log
        self._held = b""

    def new(self) -> Iterator[str]:
        """What has come since, though not all of a flood: whoever follows has other things to do as well."""
        yield from self._lines(self._log.read(AT_ONCE))

    def rest(self) -> Iterator[str]:
        """Everything that is left of a log to which nothing will be added."""
        while chunk := self._log.read(AT_ONCE):
            yield from self._lines(chunk)
        yield from _text(self._held)
        self._held = b""

    def _lines(self, chunk: bytes) -> Iterator[str]:
        whole, newline, rest = chunk.rpartition(b"\n")
        if newline:
            yield from _text(self._held + whole)
            self._held = b""
        self._held += rest
        if len(self._held) > LONGEST_LINE:
            yield from _text(self._held)
            self._held = b""


def _text(line: bytes) -> list[str]:
    return line.decode(errors="replace").splitlines()
