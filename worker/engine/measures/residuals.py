"""By how much predictions are off, and how often: what one number of errors does not tell."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from worker.engine.shapes import Measures

BINS = 21


@dataclass(frozen=True)
class Residuals:
    """Prediction less truth, counted in equal bins from the lowest to the highest of all networks.

    edges    of the bins, in the units of the target; one more than there are bins
    counts   of rows, by the name of the network
    """

    edges: list[float]
    counts: dict[str, list[int]]


def residuals(predicted: Mapping[str, Measures], true: Measures) -> Residuals:
    """Of several networks on the same rows, all in the units of the target."""
    off = {name: values.double() - true.double().to(values.device) for name, values in predicted.items()}
    low = min(values.min().item() for values in off.values())
    high = max(values.max().item() for values in off.values())
    if low == high:  # all are off by the same, such as nothing
        low, high = low - 0.5, high + 0.5
    counted = {name: torch.histc(values, BINS, low, high).long().tolist() for name, values in off.items()}
    return Residuals(torch.linspace(low, high, BINS + 1, dtype=torch.float64).tolist(), counted)
