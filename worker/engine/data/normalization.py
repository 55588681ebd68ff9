"""From stored pixels to what a network reads: (v / 255 − mean) / std per channel."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor

from worker.engine.data.dataset import Split
from worker.engine.shapes import Images, Pixels

CHANNELS = 3
MIN_STD = 1 / 255  # images of one colour have no spread; one grey level keeps the division finite
CHUNK = 1024  # images


@dataclass(frozen=True)
class Normalization:
    """Mean and standard deviation per channel (red, green, blue), of values scaled to 0 … 1."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def to(self, device: torch.device) -> "Normalizer":
        return Normalizer(self, device)


class Normalizer:
    """Normalises batches on one device, as one multiplication and one addition a value."""

    def __init__(self, of: Normalization, device: torch.device) -> None:
        mean, std = (torch.tensor(values, dtype=torch.float64) for values in (of.mean, of.std))
        self.scale = (1 / (255 * std)).float().to(device)
        self.shift = (-mean / std).float().to(device)

    def __call__(self, pixels: Pixels) -> Images:
        """[batch, side, side, 3] bytes → [batch, 3, side, side] floats, channels-last in memory."""
        return torch.addcmul(self.shift, pixels.float(), self.scale).permute(0, 3, 1, 2)


def told(said: Mapping[str, Any]) -> Normalization | None:
    """That of `mean` and `std`, as a file says them; None if it does not.

    raises ValueError or TypeError if they are none
    """
    mean, std = said.get("mean"), said.get("std")
    if mean is None or std is None:
        return None
    values = [float(value) for value in (*mean, *std)]
    if (len(mean), len(std)) != (3, 3) or not all(map(math.isfinite, values)) or min(values[3:]) <= 0:
        raise ValueError(f"mean {mean} and std {std} normalise nothing")
    return Normalization((values[0], values[1], values[2]), (values[3], values[4], values[5]))


def measure(train: Split) -> Normalization:
    """The mean and standard deviation of the training images, exact: from counts of each of 256 values."""
    levels = torch.arange(256, dtype=torch.float64) / 255
    means, stds = [], []
    for counts in _counts(train).double():
        mean = (counts * levels).sum() / counts.sum()
        variance = (counts * (levels - mean).square()).sum() / counts.sum()
        means.append(mean.item())
        stds.append(max(variance.sqrt().item(), MIN_STD))
    return Normalization((means[0], means[1], means[2]), (stds[0], stds[1], stds[2]))


def _counts(train: Split) -> Int64[Tensor, "3 256"]:
    """How often each value occurs in each channel; in chunks, as a large set has no room beside itself."""
    counts = torch.zeros(CHANNELS, 256, dtype=torch.int64)
    for images in train.chunks(CHUNK):
        for channel in range(CHANNELS):
            counts[channel] += torch.bincount(images[..., channel].flatten(), minlength=256)
    return counts
