"""The batches of training on a table: order from (seed, epoch), as that of images is."""

from collections.abc import Iterator

import torch

from worker.engine.data.batches import Batch, batch_sizes
from worker.engine.data.tables.standardization import Standardization
from worker.engine.data.tables.table import TableSplit
from worker.engine.randomness import derive


class TableBatches:
    """The training rows, standardised and resident on the device, served in batches: each once an epoch."""

    def __init__(
        self,
        split: TableSplit,
        standardization: Standardization,
        *,
        size: int,
        seed: int,
        device: torch.device,
    ) -> None:
        split = split.to(device)
        self.inputs = standardization.to(device)(split.inputs)
        measures = split.labels.is_floating_point()
        self.labels = standardization.target(split.labels) if measures else split.labels
        self.rows = split.rows
        self.seed = seed
        self.device = device
        self.sizes = batch_sizes(len(split), size)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self.sizes)

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of this epoch, counted from 1, without the first `skip`."""
        shuffle = torch.Generator().manual_seed(derive(self.seed, "order", number))
        order = torch.randperm(len(self.rows), generator=shuffle).to(self.device, non_blocking=True)
        for chosen in torch.split(order, self.sizes)[skip:]:
            yield Batch(self.inputs[chosen], self.labels[chosen], self.rows[chosen])
