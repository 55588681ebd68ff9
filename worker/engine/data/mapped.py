"""A set that has no room in memory: its images stay in the mapped file until a batch needs them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from worker.engine.data.dataset import Dataset, Split
from worker.engine.shapes import Pixels

SHARE = 0.5  # of the memory that is free; networks and their activations need the rest
MEMORY = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
KIB = 1024


@dataclass(frozen=True)
class MappedSplit(Split):
    """Some images of a mapped file, on the host whatever the device. What is read of them is not kept.

    images   of the whole file
    labels   of these images only, as rows
    places   int64 [n], where each of them stands in `images`
    """

    images: UInt8[Tensor, "all side side 3"]
    places: Int64[Tensor, " n"]

    def take(self, positions: Int64[Tensor, " chosen"]) -> "MappedSplit":
        """Those at these positions, still unread."""
        chosen = positions.cpu()
        return MappedSplit(self.images, self.labels[chosen], self.rows[chosen], self.places[chosen])

    def to(self, device: torch.device) -> "MappedSplit":
        """The same: nothing of it has room there."""
        return self

    def chunks(self, size: int) -> Iterator[Pixels]:
        for places in torch.split(self.places, size):
            yield self.images[places]

    def read(self) -> Split:
        """These images in memory."""
        return Split(self.images[self.places], self.labels, self.rows)


def mapped(whole: Split) -> MappedSplit:
    """All images of a mapped file."""
    return MappedSplit(whole.images, whole.labels, whole.rows, torch.arange(len(whole)))


def has_room(dataset: Dataset, device: torch.device) -> bool:
    """Whether the images of the set may be copied into memory, and into that of the device."""
    needed = sum(split.images.nbytes for split in (dataset.train, dataset.test) if split is not None)
    free = [free_memory()]
    if device.type == "cuda":
        free.append(torch.cuda.mem_get_info(device)[0])
    return needed <= SHARE * min(free)


def free_memory() -> int:
    """Bytes that this process could still take: of the machine, and of its container."""
    (available,) = (line.split()[1] for line in MEMORY.read_text().splitlines() if "MemAvailable" in line)
    return min(int(available) * KIB, _left_to_the_container())


def _left_to_the_container() -> int:
    try:
        limit, used = ((CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return int(limit) - int(used)
    except (OSError, ValueError):  # there is none, or its limit is `max`
        return 1 << 62
