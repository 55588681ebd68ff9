"""What a run on a table works on: rows in three splits, how they are standardised, and the device."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import nn

from core.spec.optimization import Optimization
from worker.engine.data.splits import Splits
from worker.engine.data.tables.batches import TableBatches
from worker.engine.data.tables.standardization import Standardization
from worker.engine.data.tables.table import Table, TableSplit
from worker.engine.shapes import RowInputs


@dataclass(frozen=True)
class TableMaterial:
    """The table of a run, and the device on which it is used."""

    dataset: Table
    splits: Splits[TableSplit]
    normalization: Standardization
    device: torch.device

    @property
    def inputs(self) -> int:
        """Columns that a network reads."""
        return len(self.dataset.columns)

    @property
    def classes(self) -> int:
        """Outputs of a network: one where a measure is predicted."""
        return len(self.dataset.class_names) or 1

    def place(self, network: nn.Module) -> nn.Module:
        return network.to(self.device)

    def normalized_by(self, own: object | None) -> "TableMaterial":
        """The same rows as a network sees them that has a standardisation of its own."""
        return replace(self, normalization=own) if isinstance(own, Standardization) else self

    def batches(self, optimization: Optimization, seed: int) -> TableBatches:
        """The training rows, as this network will see them."""
        return TableBatches(
            self.splits.train, self.normalization, size=optimization.batch_size, seed=seed, device=self.device
        )

    def example(self, batch: int) -> RowInputs:
        """Random inputs, for measuring time."""
        return torch.rand(batch, self.inputs, device=self.device)

    def told(self) -> dict[str, Any]:
        """What a report says of the data."""
        return {
            "name": self.dataset.name,
            "title": self.dataset.title or self.dataset.name,
            "digest": self.dataset.digest,
            "class_names": list(self.dataset.class_names) or None,
            "columns": list(self.dataset.columns),
            "target": self.dataset.target,
            "train_rows": len(self.splits.train),
            "validation_rows": len(self.splits.validation),
            "test_rows": len(self.splits.test),
            **asdict(self.normalization),
        }
