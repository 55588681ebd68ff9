"""Fetch a file whole and sound, however often the connection breaks."""

import base64
import binascii
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2

from app.client.partial import Partial, sha256_of
from app.client.retry import Temporary, pause_after
from app.client.transport import Transport
from core.errors import DigestMismatch, DistilleryError, RangeNotSatisfiable

NOT_MODIFIED = 304
Progressing = Callable[[int, int], None]
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


@dataclass(frozen=True)
class Downloaded:
    """A file that was fetched and verified, or that was already here."""

    path: Path
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Served:
    """What an answer carries: a content named by its sha256, from byte `start` of `size`."""

    sha256: str
    start: int
    size: int


class Download:
    """One file on its way to `target`, which is replaced at once and only by what is sound.

    on_progress    is told how many bytes are here, and how many there will be
    """

    def __init__(
        self, transport: Transport, source: str, target: Path, on_progress: Progressing | None
    ) -> None:
        self._transport = transport
        self._source = source
        self._target = target
        self._on_progress = on_progress
        self._tries = 0

    def run(self) -> Downloaded:
        """Try until it is here.

        DigestMismatch    what came is damaged; nothing of it is kept
        """
        self._target.parent.mkdir(parents=True, exist_ok=True)
        while not self._attempt():
            pass
        return Downloaded(self._target, self._target.stat().st_size, sha256_of(self._target))

    def _attempt(self) -> bool:
        """One request; returns whether the file is here now."""
        part = Partial.left_behind(self._target)
        try:
            return self._fetch(part)
        except RangeNotSatisfiable:
            if part is None:
                raise
            # Nothing is left to fetch: what is here is the whole file, or it is damaged.
            return part.finish()
        except Temporary as failure:
            self._tries += 1
            pause = pause_after(failure, self._tries)
            if pause is None:
                raise failure.error from failure.__cause__
            time.sleep(pause)
            return False

    def _fetch(self, part: Partial | None) -> bool:
        headers = _conditions(self._target, part)
        with self._transport.open(self._source, headers=headers, follow_redirects=True) as response:
            if response.status_code == NOT_MODIFIED:
                return True
            served = _served(response)
            partial = Partial(self._target, served.sha256)
            if part is not None and part != partial:
                part.discard()
            partial.write(response.iter_raw(), served.start, self._counting(served.size))
        if partial.finish():
            return True
        if served.start:
            # The part that was here may be to blame: once more, from the first byte.
            return False
        raise DigestMismatch(f"{self._source} came damaged: it is not what its sha256 says")

    def _counting(self, size: int) -> Callable[[int], None]:
        def arrived(here: int) -> None:
            # Only tries in a row that bring nothing are counted.
            self._tries = 0
            if self._on_progress is not None:
                self._on_progress(here, size)

        return arrived


def _conditions(target: Path, part: Partial | None) -> dict[str, str]:
    """Not what is here already, and of what was begun only the rest, if it is still the same."""
    headers = {"Accept-Encoding": "identity"}
    if target.is_file():
        headers["If-None-Match"] = f'"{sha256_of(target)}"'
    if part is not None:
        headers |= {"Range": f"bytes={part.size()}-", "If-Range": f'"{part.sha256}"'}
    return headers


def _served(response: httpx2.Response) -> Served:
    sha256 = _repr_digest(response) or _etag(response)
    if sha256 is None:
        raise DistilleryError(f"{response.request.url} does not say the sha256 of its content")
    ranged = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if ranged:
        return Served(sha256, int(ranged[1]), int(ranged[2]))
    return Served(sha256, 0, int(response.headers.get("content-length", "0")))


def _repr_digest(response: httpx2.Response) -> str | None:
    found = re.search(r"sha-256=:([A-Za-z0-9+/=]+):", response.headers.get("repr-digest", ""))
    try:
        return base64.b64decode(found[1], validate=True).hex() if found else None
    except binascii.Error:
        return None


def _etag(response: httpx2.Response) -> str | None:
    found = re.fullmatch(r'"([0-9a-f]{64})"', response.headers.get("etag", ""))
    return found[1] if found else None
