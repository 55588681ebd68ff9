"""A labelled data set, whole: in memory, or mapped into it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import torch
from jaxtyping import Int64, UInt8
from torch import Tensor


@dataclass(frozen=True)
class Split:
    """Some images of a data set.

    images   uint8 [n, side, side, 3]: channels last, as networks read them fastest
    labels   int64 [n], 0 … classes − 1
    rows     int64 [n], where each image stands in its source
    """

    images: UInt8[Tensor, "n side side 3"]
    labels: Int64[Tensor, " n"]
    rows: Int64[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def strata(self) -> Int64[Tensor, " n"]:
        """What splits must hold equal shares of."""
        return self.labels

    def take(self, positions: Int64[Tensor, " chosen"]) -> "Split":
        """The images at these positions, in this order."""
        return Split(self.images[positions], self.labels[positions], self.rows[positions])

    def chunks(self, size: int) -> Iterator[UInt8[Tensor, "some side side 3"]]:
        """All images in order, so many at a time."""
        yield from torch.split(self.images, size)

    def read(self) -> "Split":
        """The same images in memory."""
        return self

    def to(self, device: torch.device) -> "Split":
        """The same images in the memory of the device."""
        return Split(self.images.to(device), self.labels.to(device), self.rows.to(device))


@dataclass(frozen=True)
class Dataset:
    """What a loader gives: training images, and test images where the source has them apart.

    resize         how the source's images became this size, in words
    known_digest   as its file says; it takes seconds to compute that of a large set anew
    title          what a person calls it, where that is not its name
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    test: Split | None = None
    resize: str = field(default="none")
    known_digest: str | None = None
    title: str | None = None

    @property
    def image_size(self) -> int:
        return self.train.images.shape[1]

    @cached_property
    def digest(self) -> str:
        """sha256 over the bytes of all images and labels: the same digest, the same data.

        Training images, their labels as int64, test images, theirs: `worker.packing` computes it in passing.
        """
        if self.known_digest is not None:
            return self.known_digest
        digest = hashlib.sha256()
        for split in (self.train, self.test):
            if split is not None:
                digest.update(split.images.contiguous().numpy().data)
                digest.update(split.labels.contiguous().numpy().data)
        return digest.hexdigest()


def all_rows(images: UInt8[Tensor, "n side side 3"], labels: Int64[Tensor, " n"]) -> Split:
    """A split of everything, in the order of the source."""
    return Split(images.contiguous(), labels, torch.arange(len(labels)))
