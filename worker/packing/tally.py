"""What is counted while images pass by: values of pixels, equal images, sizes and formats."""

import hashlib
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.packing.images import Looks

MIN_STD = 1 / 255  # as worker.engine.data.normalization has it
MOST_SIZES = 10


class Values:
    """How often each value occurs in each channel: mean and spread are exact for any number of images."""

    def __init__(self) -> None:
        self._counts = np.zeros((3, 256), dtype=np.int64)

    def add(self, pixels: bytes) -> None:
        """Bytes of red, green, blue, red, …"""
        values = np.frombuffer(pixels, dtype=np.uint8)
        for channel in range(3):
            self._counts[channel] += np.bincount(values[channel::3], minlength=256)

    def mean_and_std(self) -> tuple[list[float], list[float]]:
        """Per channel, of values scaled to 0 … 1."""
        levels = np.arange(256) / 255
        shares = self._counts / self._counts.sum(axis=1, keepdims=True)
        means = shares @ levels
        variances = (shares * (levels - means[:, None]) ** 2).sum(axis=1)
        return means.tolist(), np.maximum(np.sqrt(variances), MIN_STD).tolist()


class Twins:
    """Images of equal pixels, found by a hash of 64 bits: two of a million agree by chance in one of 10^7."""

    def __init__(self) -> None:
        self._hashes = bytearray()

    def add(self, pixels: bytes) -> None:
        """One image."""
        self._hashes += hashlib.blake2b(pixels, digest_size=8).digest()

    def hashes(self) -> NDArray[np.uint64]:
        return np.frombuffer(bytes(self._hashes), dtype=np.uint64)

    def repeated(self) -> int:
        """Images that are there already."""
        hashes = self.hashes()
        return len(hashes) - len(np.unique(hashes))

    def also_in(self, other: "Twins") -> list[tuple[int, int]]:
        """Positions of images here that the other has too, each with the first position there."""
        known, first = np.unique(other.hashes(), return_index=True)
        if not len(known):
            return []
        mine = self.hashes()
        at = np.searchsorted(known, mine).clip(max=len(known) - 1)
        return [(int(here), int(first[at[here]])) for here in np.flatnonzero(known[at] == mine)]


class Shapes:
    """Sizes and formats of the images as they came."""

    def __init__(self) -> None:
        self._sizes: Counter[tuple[int, int]] = Counter()
        self._formats: Counter[str] = Counter()

    def add(self, looks: Looks) -> None:
        self._sizes[looks.width, looks.height] += 1
        self._formats[looks.format] += 1

    def formats(self) -> dict[str, int]:
        return dict(self._formats.most_common())

    def sizes(self) -> dict[str, Any]:
        """The smallest and the largest by their pixels, and those that are met most."""
        if not self._sizes:
            return {"different": 0, "smallest": None, "largest": None, "most_common": []}
        ordered = sorted(self._sizes, key=lambda size: (size[0] * size[1], size))
        common = sorted(self._sizes.items(), key=lambda one: (-one[1], one[0]))[:MOST_SIZES]
        return {
            "different": len(ordered),
            "smallest": list(ordered[0]),
            "largest": list(ordered[-1]),
            "most_common": [{"width": w, "height": h, "images": n} for (w, h), n in common],
        }
