"""Which size the images of a set become, where nobody said."""

from collections.abc import Sequence
from statistics import median_low

from worker.packing.images import Looks, look
from worker.packing.layout import Labelled
from worker.packing.source import DamagedFile, Source

SAMPLE = 1000  # images that are looked at, evenly spread: the same ones each time
SMALL = (32, 64)
LARGE = 224


def choose_side(source: Source, files: Sequence[Labelled]) -> tuple[int, str]:
    """The side of the packed images in pixels, and why."""
    seen = []
    for file, _ in files[:: max(1, len(files) // SAMPLE)]:
        try:
            seen.append(look(source.read(file)))
        except DamagedFile:
            continue  # it is told by name when it is its turn
    return by_size(seen)


def by_size(seen: Sequence[Looks]) -> tuple[int, str]:
    """Their own size if they are equal small squares; else by the median of the longer sides.

    Not by the largest: one screenshot among thousands of icons would make each of them fifty times as large.
    """
    sizes = {(looks.width, looks.height) for looks in seen}
    if len(sizes) == 1:
        ((width, height),) = sizes
        if width == height and 8 <= width <= SMALL[-1]:
            return width, f"images are {width} x {height}"
    longer = median_low(sorted(max(looks.width, looks.height) for looks in seen)) if seen else LARGE
    side = next((small for small in SMALL if longer <= small), LARGE)
    return side, f"images differ or are no small squares; the median of their longer sides is {longer}"
