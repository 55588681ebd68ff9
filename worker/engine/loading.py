"""Read the data set of a run, and cut it into its splits."""

from pathlib import Path

import torch

from core.errors import InvalidJob
from core.spec import JobSpec
from worker.engine import registry
from worker.engine.data.material import Material
from worker.engine.data.normalization import measure
from worker.engine.data.splits import split


def load(spec: JobSpec, data: Path | None, device: torch.device) -> Material:
    """Read the data set and split it.

    raises DatasetUnavailable, DatasetUnreadable, InvalidJob
    """
    if spec.optimization.batch_size == 1:
        raise InvalidJob(
            "batch normalisation learns nothing from a single image",
            hint="Set optimization.batch_size to 2 or more.",
        )
    dataset = registry.dataset(spec.dataset, data)
    splits = split(dataset, spec.evaluation, spec.dataset.subset)
    return Material(dataset, splits.to(device), measure(splits.train), device)
