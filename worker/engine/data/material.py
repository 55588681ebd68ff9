"""What a run works on: images or rows in three splits, how they are normalised, and the device."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import nn

from core.spec.optimization import Optimization
from worker.engine.data.batches import TrainingBatches
from worker.engine.data.dataset import Dataset, Split
from worker.engine.data.mapped import MappedSplit
from worker.engine.data.normalization import CHANNELS, Normalization
from worker.engine.data.scaling import Scaling
from worker.engine.data.splits import Splits
from worker.engine.data.streamed import StreamedBatches
from worker.engine.data.tables.material import TableMaterial
from worker.engine.shapes import Images


@dataclass(frozen=True)
class ImageMaterial:
    """The images of a run, and the device on which they are used."""

    dataset: Dataset
    splits: Splits[Split]
    normalization: Normalization
    device: torch.device
    inputs: int = CHANNELS

    @property
    def classes(self) -> int:
        return len(self.dataset.class_names)

    def place(self, network: nn.Module) -> nn.Module:
        """The network on the device, its weights channels-last in memory: convolutions read them fastest."""
        placed: nn.Module = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return placed

    def normalized_by(self, own: Scaling | None) -> "ImageMaterial":
        """The same images as a network sees them that has a normalisation of its own."""
        return replace(self, normalization=own) if isinstance(own, Normalization) else self

    def batches(self, optimization: Optimization, seed: int) -> TrainingBatches:
        """The training split, as this network will see it."""
        streams = isinstance(self.splits.train, MappedSplit)
        return (StreamedBatches if streams else TrainingBatches)(
            self.splits.train,
            self.normalization,
            size=optimization.batch_size,
            augmentation=optimization.augmentation,
            view_seed=optimization.view_seed,
            seed=seed,
            device=self.device,
        )

    def example(self, batch: int) -> Images:
        """Random images on the device, for measuring time."""
        side = self.dataset.image_size
        images = torch.rand(batch, CHANNELS, side, side, device=self.device)
        return images.to(memory_format=torch.channels_last)

    def told(self) -> dict[str, Any]:
        """What a report says of the data."""
        return {
            "name": self.dataset.name,
            "title": self.dataset.title or self.dataset.name,
            "digest": self.dataset.digest,
            "class_names": list(self.dataset.class_names),
            "image_size": self.dataset.image_size,
            "train_images": len(self.splits.train),
            "validation_images": len(self.splits.validation),
            "test_images": len(self.splits.test),
            **asdict(self.normalization),
        }


Material = ImageMaterial | TableMaterial
