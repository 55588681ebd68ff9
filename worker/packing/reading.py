"""Decode the files of a split and write their pixels, counting what passes by."""

from collections.abc import Iterator, Sequence
from typing import Literal

from worker.packing import images
from worker.packing.corrupt import Corrupt
from worker.packing.images import Looks
from worker.packing.in_order import in_order
from worker.packing.layout import Labelled
from worker.packing.packed_file import PackedFile, Part
from worker.packing.source import DamagedFile, Source
from worker.packing.tally import Shapes, Twins, Values

Resize = Literal["crop", "squash"]
Decoded = tuple[bytes, Looks] | DamagedFile

CHUNK, CHUNK_BYTES = 64, 4 << 20  # images, and bytes of them, that are decoded at a time


class Reading:
    """What was seen of a set while it was written.

    values    of the training images
    names     of the files behind the rows of each part
    """

    def __init__(self, source: Source, packed: PackedFile, resize: Resize, corrupt: Corrupt) -> None:
        self._source = source
        self._packed = packed
        self._resize = resize
        self._corrupt = corrupt
        self.values, self.shapes = Values(), Shapes()
        self.names: dict[Part, list[str]] = {"train": [], "test": []}
        self.twins: dict[Part, Twins] = {"train": Twins(), "test": Twins()}

    def read(self, part: Part, files: Sequence[Labelled]) -> None:
        """All images of one part, in order.

        raises ArchiveRefused, and DatasetUnreadable once too many are damaged
        """
        chunks = list(_chunks(files, self._packed.image_bytes))
        for chunk, results in zip(chunks, in_order(self._decoded, chunks), strict=True):
            sound = [
                (file, label, *result)
                for (file, label), result in zip(chunk, results, strict=True)
                if not self._is_damaged(file.name, result) and isinstance(result, tuple)
            ]
            pixels = b"".join(image for _, _, image, _ in sound)
            self._packed.add(part, pixels, [label for _, label, _, _ in sound])
            if part == "train":
                self.values.add(pixels)
            for file, _, image, looks in sound:
                self.names[part].append(file.name)
                self.twins[part].add(image)
                self.shapes.add(looks)
        self._packed.end(part)

    def _is_damaged(self, name: str, result: Decoded) -> bool:
        if isinstance(result, DamagedFile):
            self._corrupt.add(name, str(result))
        return isinstance(result, DamagedFile)

    def _decoded(self, chunk: Sequence[Labelled]) -> list[Decoded]:
        return [self._one(labelled) for labelled in chunk]

    def _one(self, labelled: Labelled) -> Decoded:
        try:
            return images.decode(self._source.read(labelled[0]), self._packed.side, self._resize)
        except DamagedFile as damaged:
            return damaged


def _chunks(files: Sequence[Labelled], image_bytes: int) -> Iterator[Sequence[Labelled]]:
    size = max(1, min(CHUNK, CHUNK_BYTES // image_bytes))
    for first in range(0, len(files), size):
        yield files[first : first + size]
