"""CIFAR-10 from one packed file, `DATA_DIR/cifar10.safetensors`; `python -m worker.fetch cifar10` writes it.

    train_images  uint8 [50000, 32, 32, 3]     train_labels  int64 [50000]
    test_images   uint8 [10000, 32, 32, 3]     test_labels   int64 [10000]
    metadata      classes: the ten names, as a JSON list

Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
"""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from core.errors import DatasetUnavailable, DatasetUnreadable
from worker.engine.data.dataset import Dataset, Split, all_rows

FILE = "cifar10.safetensors"


def load(data: Path | None = None) -> Dataset:
    """The packed file in this folder.

    raises DatasetUnavailable where there is none, DatasetUnreadable where it is damaged
    """
    path = None if data is None else data / FILE
    if path is None or not path.is_file():
        raise DatasetUnavailable("cifar10 is not on this machine" + (f": there is no {path}" if path else ""))
    tensors, class_names = _read(path)
    return Dataset(
        name="cifar10",
        class_names=class_names,
        train=_split(tensors, "train", len(class_names)),
        test=_split(tensors, "test", len(class_names)),
    )


def _read(path: Path) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    try:
        with safe_open(path, framework="pt") as file:
            names = tuple(str(name) for name in json.loads((file.metadata() or {})["classes"]))
        return load_file(path), names
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise DatasetUnreadable(f"{path} can't be read: {error}") from error


def _split(tensors: dict[str, Tensor], part: str, classes: int) -> Split:
    images, labels = tensors.get(f"{part}_images"), tensors.get(f"{part}_labels")
    if images is None or labels is None:
        raise DatasetUnreadable(f"{FILE} holds no {part} images or labels")
    square = images.ndim == 4 and images.shape[1] == images.shape[2] and images.shape[3] == 3
    if not square or images.dtype != torch.uint8 or labels.shape != images.shape[:1] or not len(labels):
        raise DatasetUnreadable(
            f"{FILE}: {part} images must be uint8 [n, side, side, 3], with one label each"
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise DatasetUnreadable(f"{FILE}: a {part} label is outside 0 … {classes - 1}")
    return all_rows(images, labels.long())
