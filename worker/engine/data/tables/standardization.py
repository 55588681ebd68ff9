"""From the numbers of a table to what a network reads and answers: (v − mean) / std per column."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from worker.engine.data.tables.table import TableSplit
from worker.engine.shapes import Measures, RawRows, RowInputs


@dataclass(frozen=True)
class Standardization:
    """Mean and standard deviation of each input, and of the target where that is a measure.

    A target of classes has mean 0 and std 1: nothing is done to it.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    target_mean: float = 0.0
    target_std: float = 1.0

    def to(self, device: torch.device) -> "Standardizer":
        return Standardizer(self, device)

    def target(self, measures: Measures) -> Measures:
        """What a network is to answer."""
        return ((measures.double() - self.target_mean) / self.target_std).float()

    def measures(self, answers: Measures) -> Measures:
        """Answers of a network in the units of the target, as float64."""
        return answers.double() * self.target_std + self.target_mean


class Standardizer:
    """Standardises rows on one device, in float64; what a network reads is float32."""

    def __init__(self, of: Standardization, device: torch.device) -> None:
        self.mean, self.std = (
            torch.tensor(values, dtype=torch.float64, device=device) for values in (of.mean, of.std)
        )

    def __call__(self, rows: RawRows) -> RowInputs:
        return ((rows - self.mean) / self.std).float()


def measure(train: TableSplit) -> Standardization:
    """That of the training rows. A column that never changes is only shifted: it says nothing."""
    means, stds = _mean_and_std(train.inputs)
    if not train.labels.is_floating_point():
        return Standardization(tuple(means), tuple(stds))
    (target_mean,), (target_std,) = _mean_and_std(train.labels[:, None])
    return Standardization(tuple(means), tuple(stds), target_mean, target_std)


def told(said: Mapping[str, Any]) -> Standardization | None:
    """That which a file says; None if it says none.

    raises KeyError, ValueError or TypeError if it is none
    """
    if "input_mean" not in said:
        return None
    mean, std = (tuple(float(value) for value in said[name]) for name in ("input_mean", "input_std"))
    target = float(said["target_mean"]), float(said["target_std"])
    values = (*mean, *std, *target)
    if len(mean) != len(std) or not all(map(math.isfinite, values)) or min(*std, target[1]) <= 0:
        raise ValueError(f"mean {mean} and std {std} standardise nothing")
    return Standardization(mean, std, *target)


def _mean_and_std(values: Tensor) -> tuple[list[float], list[float]]:
    std = values.std(dim=0, correction=0)
    # What rounding leaves of a constant is no spread.
    spread = std > 1e-12 * values.abs().amax(dim=0)
    return values.mean(dim=0).tolist(), torch.where(spread, std, torch.ones_like(std)).tolist()
