"""What stands before the first boundary of a form. It belongs to nothing (RFC 2046, 5.1.1)."""

LINE = b"\r\n"


class Preamble:
    """Passes over it, in whatever pieces it comes."""

    def __init__(self, boundary: bytes) -> None:
        self._boundary = LINE + b"--" + boundary
        self._held = LINE  # the boundary stands at the beginning of a line, and of a form
        self._is_over = False

    def after(self, piece: bytes) -> bytes:
        """Of the next piece what does not belong to it."""
        if self._is_over:
            return piece
        self._held += piece
        at = self._held.find(self._boundary)
        if at < 0:
            self._held = self._held[1 - len(self._boundary) :]
            return b""
        self._is_over = True
        found, self._held = self._held[at + len(LINE) :], b""
        return found
