"""The batches of training: order from (seed, epoch), views from (view_seed, epoch, row)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch

from worker.engine.data.dataset import Split
from worker.engine.data.normalization import Normalization
from worker.engine.data.scaling import Scaling
from worker.engine.data.tables.table import TableSplit
from worker.engine.data.views import draw_views, take_views
from worker.engine.randomness import derive
from worker.engine.shapes import Inputs, Labels, Measures, Rows, Views

Augmentation = Literal["none", "crop", "standard"]


@dataclass(frozen=True)
class Batch:
    """What one step learns from: images, or rows of a table, as networks see them.

    views   which of its views each image shows, as `draw_views` numbers them; None without augmentation
    """

    images: Inputs
    labels: Labels | Measures
    rows: Rows
    views: Views | None = None


class TrainingBatches:
    """The training split, resident on the device as bytes, served in batches.

    Every image is seen once an epoch. A last batch of one image is joined to the one before: batch
    normalisation can't learn from a single value a channel.
    """

    def __init__(
        self,
        split: Split,
        normalization: Normalization,
        *,
        size: int,
        augmentation: Augmentation,
        view_seed: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self.split = split.to(device)
        self.normalize = normalization.to(device)
        self.size = size
        self.augmentation = augmentation
        self.view_seed = view_seed
        self.seed = seed
        self.device = device
        self.sizes = batch_sizes(len(split), size)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self.sizes)

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of this epoch, counted from 1, without the first `skip`."""
        order = self.order(number).to(self.device, non_blocking=True)
        for positions in torch.split(order, self.sizes)[skip:]:
            yield self.at(positions, number)

    def order(self, epoch: int) -> Rows:
        """The positions of all images in the order of this epoch, on the host."""
        shuffle = torch.Generator().manual_seed(derive(self.seed, "order", epoch))
        return torch.randperm(len(self.split), generator=shuffle)

    def at(self, positions: Rows, epoch: int) -> Batch:
        """The images at these positions of the split, as this epoch shows them."""
        return self._shown(self.split.take(positions), epoch)

    def _shown(self, chosen: Split, epoch: int) -> Batch:
        images, views = chosen.images, self._views(epoch, chosen.rows)
        if views is not None:
            images = take_views(images, views, flip=self.augmentation == "standard")
        return Batch(self.normalize(images), chosen.labels, chosen.rows, views)

    def views(self, epoch: int) -> Views | None:
        """The views of the whole split in this epoch, in its order."""
        return self._views(epoch, self.split.rows)

    def _views(self, epoch: int, rows: Rows) -> Views | None:
        return None if self.augmentation == "none" else draw_views(self.view_seed, epoch, rows)


def batch_sizes(images: int, size: int) -> list[int]:
    """Full batches and the rest; a rest of one image joins the last full batch."""
    full, rest = divmod(images, size)
    sizes = [size] * full
    if rest == 1 and full:
        sizes[-1] += 1
    elif rest:
        sizes.append(rest)
    return sizes


def evaluation_batches(
    split: Split | TableSplit, scaling: Scaling, device: torch.device, size: int = 256
) -> Iterator[Inputs]:
    """All images or rows in order, as they are: no crop, no flip."""
    normalize = scaling.to(device)
    for inputs in split.chunks(size):
        yield normalize(inputs.to(device))
