"""python -m worker.fetch cifar10 --to DIR: download a data set and pack it into one file for the engine.

The only program here that needs a network. Exit codes: 0 the file is there, 1 it could not be had, 2 wrong
usage; with 1, the last line on stderr says why and what to do.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor

from core.errors import DatasetUnavailable, DistilleryError
from core.settings import Settings
from worker.engine.exports.files import write
from worker.engine.failures import NO_SPACE, coded

FILE = "cifar10.safetensors"
HINT = (
    "A network is needed once: run `python -m worker.fetch cifar10` where there is one and copy the "
    "file into the folder `datasets` of the worker's home, or use the data set `digits`, which comes with "
    "scikit-learn."
)


@dataclass(frozen=True)
class Labelled:
    """Images as bytes, [n, side, side, 3], and the class of each."""

    images: UInt8[Tensor, "n side side 3"]
    labels: Int64[Tensor, " n"]


def main(arguments: list[str] | None = None) -> int:
    """Fetch what the command line names; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m worker.fetch", description="Fetch a data set.")
    parser.add_argument("name", choices=["cifar10"], help="which data set")
    parser.add_argument("--to", type=Path, help="folder for the packed file; by default the service's own")
    options = parser.parse_args(arguments)
    try:
        path = fetch(options.to or Settings().datasets)
    except (DistilleryError, OSError) as error:
        cause = coded(error)
        sys.stderr.write(f"{cause.code}: {cause.detail}\n{cause.advice}\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


def fetch(folder: Path) -> Path:
    """CIFAR-10 packed into this folder; returns the file.

    raises DatasetUnavailable if it can't be downloaded
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as downloads:
        train, test, class_names = _download(Path(downloads))
        return pack(train, test, class_names, folder / FILE)


def pack(train: Labelled, test: Labelled, class_names: Sequence[str], path: Path) -> Path:
    """Write the one file that worker.engine.data.packed reads, atomically."""
    tensors = {
        "train_images": train.images,
        "train_labels": train.labels,
        "test_images": test.images,
        "test_labels": test.labels,
    }
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    return write(path, save(contiguous, {"classes": json.dumps(list(class_names))}))


def _download(folder: Path) -> tuple[Labelled, Labelled, list[str]]:
    from torchvision.datasets import CIFAR10  # here: `pack` needs no torchvision

    try:
        train, test = (CIFAR10(str(folder), train=part, download=True) for part in (True, False))
    except (OSError, RuntimeError) as error:  # no network, a refused download, a file that fails its checksum
        if isinstance(error, OSError) and error.errno in NO_SPACE:
            raise
        raise DatasetUnavailable(f"cifar10 can't be downloaded: {error}", hint=HINT) from error
    return _labelled(train.data, train.targets), _labelled(test.data, test.targets), list(train.classes)


def _labelled(images: NDArray[np.uint8], labels: Sequence[int]) -> Labelled:
    return Labelled(torch.from_numpy(images), torch.tensor(labels))


if __name__ == "__main__":
    sys.exit(main())
