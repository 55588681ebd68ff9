"""What a run works on: images in three splits, how they are normalised, and the device."""

from dataclasses import dataclass, replace

import torch
from torch import nn

from core.spec.optimization import Optimization
from worker.engine.data.batches import TrainingBatches
from worker.engine.data.dataset import Dataset
from worker.engine.data.normalization import Normalization
from worker.engine.data.splits import Splits


@dataclass(frozen=True)
class Material:
    """The data of a run, and the device on which it is used."""

    dataset: Dataset
    splits: Splits
    normalization: Normalization
    device: torch.device

    @property
    def classes(self) -> int:
        return len(self.dataset.class_names)

    def place(self, network: nn.Module) -> nn.Module:
        """The network on the device, its weights channels-last in memory: convolutions read them fastest."""
        placed: nn.Module = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return placed

    def normalized_by(self, own: Normalization | None) -> "Material":
        """The same images as a network sees them that has a normalisation of its own."""
        return self if own is None else replace(self, normalization=own)

    def batches(self, optimization: Optimization, seed: int) -> TrainingBatches:
        """The training split, as this network will see it."""
        return TrainingBatches(
            self.splits.train,
            self.normalization,
            size=optimization.batch_size,
            augmentation=optimization.augmentation,
            view_seed=optimization.view_seed,
            seed=seed,
            device=self.device,
        )
