"""The packed file, written as the images come: no more than a few of them are ever in memory.

It is a safetensors file. Labels stand before the images, so that they are aligned; how many of either there
will be is known at the end only. The header, which may be padded with spaces, takes what is left over:

    8 bytes   length of the header          train_labels   train_images
    header    JSON, then spaces             test_labels    test_images
"""

import hashlib
import json
import os
import struct
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np

Part = Literal["train", "test"]
ROOM = 1 << 16  # for the header, beside names of classes
MODE = 0o644


class PackedFile:
    """Add all training images and end that part, then the same with test images if there are any; then close.

    labels       of the images so far, by part
    images_at    where the first image stands in the file
    """

    def __init__(self, file: IO[bytes], side: int, most: int, class_names: Sequence[str]) -> None:
        """`most` is the number of images that there can be."""
        self.file = file
        self.side = side
        self.class_names = list(class_names)
        self.labels: dict[Part, list[int]] = {"train": [], "test": []}
        room = ROOM + len(json.dumps(json.dumps(self.class_names))) + 8 * most
        self.images_at = (8 + room + 7) // 8 * 8
        self._digest = hashlib.sha256()
        file.seek(self.images_at)

    @property
    def image_bytes(self) -> int:
        return self.side * self.side * 3

    def add(self, part: Part, pixels: bytes, labels: Sequence[int]) -> None:
        """Some images, one after the other, and their labels."""
        assert len(pixels) == len(labels) * self.image_bytes
        self.labels[part].extend(labels)
        self._digest.update(pixels)
        self.file.write(pixels)

    def end(self, part: Part) -> None:
        """No more images of this part will come."""
        self._digest.update(_int64(self.labels[part]))

    def digest(self) -> str:
        """That of all images and labels, as worker.engine.data.dataset.Dataset.digest defines it."""
        return self._digest.hexdigest()

    def close(self, metadata: Mapping[str, Any]) -> None:
        """Write header and labels. Each text of the metadata is JSON; classes and digest are added to it."""
        labels = [_int64(part) for part in self.labels.values()]
        length = self.images_at - 8 - sum(map(len, labels))
        facts = {**metadata, "classes": self.class_names, "digest": self.digest(), "image_size": self.side}
        texts = {name: json.dumps(fact) for name, fact in facts.items()}
        header = json.dumps({"__metadata__": texts, **self._tensors()}).encode()
        assert len(header) <= length
        self.file.seek(0)
        self.file.write(struct.pack("<Q", length) + header.ljust(length))
        self.file.writelines(labels)

    def _tensors(self) -> dict[str, Any]:
        found, at = {}, 0
        for kind, dtype, shape, size in (
            ("labels", "I64", [], 8),
            ("images", "U8", [self.side, self.side, 3], self.image_bytes),
        ):
            for part, labels in self.labels.items():
                end = at + len(labels) * size
                if labels:
                    entry = {"dtype": dtype, "shape": [len(labels), *shape], "data_offsets": [at, end]}
                    found[f"{part}_{kind}"] = entry
                at = end
        return found


@contextmanager
def staged(path: Path) -> Iterator[IO[bytes]]:
    """A file beside `path` that takes its name once all went well, and is gone otherwise."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), MODE)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _int64(labels: Sequence[int]) -> bytes:
    return np.asarray(labels, dtype="<i8").tobytes()
