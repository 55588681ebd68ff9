"""Read the data set of a run, and cut it into its splits."""

from dataclasses import replace
from pathlib import Path

import torch

from core.spec import JobSpec
from core.spec.datasets import subset_of
from worker.engine import registry
from worker.engine.data import normalization
from worker.engine.data.mapped import has_room, mapped
from worker.engine.data.material import ImageMaterial, Material
from worker.engine.data.splits import split, split_table
from worker.engine.data.tables import standardization
from worker.engine.data.tables.material import TableMaterial
from worker.engine.data.tables.table import Table


def load(spec: JobSpec, data: Path | None, device: torch.device) -> Material:
    """Read the data set and split it; one that has no room stays in its mapped file.

    raises DatasetUnavailable, DatasetUnreadable, InvalidJob
    """
    dataset = registry.dataset(spec.dataset, data, spec.task)
    if isinstance(dataset, Table):
        rows = split_table(dataset, spec.evaluation, subset_of(spec.dataset))
        return TableMaterial(dataset, rows.to(device), standardization.measure(rows.train), device)
    if not has_room(dataset, device):
        test = None if dataset.test is None else mapped(dataset.test)
        dataset = replace(dataset, train=mapped(dataset.train), test=test)
    images = split(dataset, spec.evaluation, subset_of(spec.dataset))
    return ImageMaterial(dataset, images.to(device), normalization.measure(images.train), device)
