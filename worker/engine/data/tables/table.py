"""A table, whole: its inputs, and what is to be predicted."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from worker.engine.shapes import Labels, Measures


@dataclass(frozen=True)
class TableSplit:
    """Some rows of a table.

    inputs   float64 [n, columns], as they stand in the source
    labels   [n], what is to be predicted: a class as int64, or a measure as float64
    rows     int64 [n], where each row stands in its source, from 0
    """

    inputs: Float64[Tensor, "n columns"]
    labels: Int64[Tensor, " n"] | Float64[Tensor, " n"]
    rows: Int64[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def strata(self) -> Int64[Tensor, " n"]:
        """What splits must hold equal shares of: classes; of measures there is one kind only."""
        return torch.zeros(len(self), dtype=torch.int64) if self.labels.is_floating_point() else self.labels

    def chunks(self, size: int) -> Iterator[Float64[Tensor, "some columns"]]:
        """All rows in order, so many at a time."""
        yield from torch.split(self.inputs, size)

    def take(self, positions: Int64[Tensor, " chosen"]) -> "TableSplit":
        """The rows at these positions, in this order."""
        return TableSplit(self.inputs[positions], self.labels[positions], self.rows[positions])

    def to(self, device: torch.device) -> "TableSplit":
        """The same rows in the memory of the device."""
        return TableSplit(self.inputs.to(device), self.labels.to(device), self.rows.to(device))


@dataclass(frozen=True)
class Table:
    """What a loader gives.

    columns       names of the inputs, in their order
    class_names   in the order of the labels; none where a measure is predicted
    train         all of its rows: test rows are cut from them
    title         what a person calls it, where that is not its name
    """

    name: str
    columns: tuple[str, ...]
    target: str
    class_names: tuple[str, ...]
    train: TableSplit
    test: None = None
    title: str | None = None

    @cached_property
    def digest(self) -> str:
        """sha256 over names, inputs and labels: the same digest, the same data."""
        names = [self.columns, self.target, self.class_names]
        digest = hashlib.sha256(json.dumps(names).encode())
        for values in (self.train.inputs, self.train.labels):
            digest.update(values.contiguous().numpy().data)
        return digest.hexdigest()


def all_rows(inputs: Float64[Tensor, "n columns"], labels: Labels | Measures) -> TableSplit:
    """Everything, in the order of the source."""
    return TableSplit(inputs.contiguous(), labels.contiguous(), torch.arange(len(labels)))
