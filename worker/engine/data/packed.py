"""A data set in one file that is mapped into memory; `worker.packing` and `worker.fetch` write it.

    train_images  uint8 [n, side, side, 3]     train_labels  int64 [n]
    test_images   uint8 [m, side, side, 3]     test_labels   int64 [m]     (both or none)
    metadata      JSON texts: classes, the names; digest, as Dataset.digest says; resize, in words; also mean
                  and std of the training images, and image_size

Only `classes` must be there. Mapped, not read: what a run takes of it is copied once, into the run's splits.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from core.errors import DatasetUnreadable
from core.spec.datasets import DatasetFacts
from worker.engine.data.dataset import Dataset, Split, all_rows
from worker.engine.data.opened import LAID_READY, opened, title

HOW_TO_FETCH = (
    "Run `python -m worker.fetch {name} --to FOLDER` where there is a network. A worker looks into the "
    "folder `datasets` of its home; the engine alone is told by --data. Or use the data set `digits`."
)


def by_name(name: str) -> Callable[[Path | None], Dataset]:
    """The loader of a set that is known by name."""
    return lambda data: load(name, data, hint=HOW_TO_FETCH.format(name=name))


def load(name: str, data: Path | None, hint: str = LAID_READY) -> Dataset:
    """The set in `<data>/<name>.safetensors`.

    raises DatasetUnavailable where there is none, DatasetUnreadable where it is damaged
    """
    with opened(name, data, hint) as (file, metadata):
        class_names = tuple(str(name) for name in metadata["classes"])
        train, test = (_split(file, part, len(class_names)) for part in ("train", "test"))
    if train is None:
        raise DatasetUnreadable(f"{name} holds no train images or labels")
    return Dataset(
        name=name,
        class_names=class_names,
        train=train,
        test=test,
        resize=str(metadata.get("resize", "none")),
        known_digest=metadata.get("digest"),
        title=title(name, data),
    )


def facts(name: str, data: Path | None) -> DatasetFacts:
    """What its header says, without looking at an image.

    raises as load does
    """
    with opened(name, data) as (file, metadata):
        images, side, *_ = file.get_slice("train_images").get_shape()
        tested = file.get_slice("test_images").get_shape()[0] if "test_images" in file.keys() else 0  # noqa: SIM118
        return DatasetFacts(name, len(metadata["classes"]), side, images, tested)


def _split(file: Any, part: str, classes: int) -> Split | None:
    """The images of one part, or None where the file has no such part."""
    named = {f"{part}_images", f"{part}_labels"} & set(file.keys())
    if not named:
        return None
    if len(named) == 1:
        raise DatasetUnreadable(f"{part} images and labels belong together, and only {named.pop()} are there")
    images, labels = file.get_tensor(f"{part}_images"), file.get_tensor(f"{part}_labels")
    square = images.ndim == 4 and images.shape[1] == images.shape[2] and images.shape[3] == 3
    if not square or images.dtype != torch.uint8 or labels.shape != images.shape[:1] or not len(labels):
        raise DatasetUnreadable(f"{part} images must be uint8 [n, side, side, 3], with one label each")
    if labels.min() < 0 or labels.max() >= classes:
        raise DatasetUnreadable(f"a {part} label is outside 0 … {classes - 1}")
    return all_rows(images, labels.long())
