"""python -m worker.fetch NAME --to DIR: download a data set and pack it into one file for the engine.

python -m worker.fetch weights ARCHITECTURE --to DIR: the same for torchvision's weights of a network.

The only program here that needs a network. Exit codes: 0 the file is there, 1 it could not be had, 2 wrong
usage; with 1, the last line on stderr says why and what to do.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetUnavailable, DistilleryError
from core.settings import Settings
from core.spec.architectures import table
from worker.engine.failures import NO_SPACE, coded
from worker.packing.packed_file import PackedFile, Part, staged
from worker.packing.tally import Values

# By our names, those of torchvision.datasets.
SETS = {"cifar10": "CIFAR10", "cifar100": "CIFAR100", "mnist": "MNIST", "fashion-mnist": "FashionMNIST"}
HINT = (
    "A network is needed once: run `python -m worker.fetch {name}` where there is one and copy the file into "
    "the folder `datasets` of the worker's home, or use the data set `digits`, which comes with scikit-learn."
)
WEIGHTS = "weights"
CHUNK = 1024  # images that are written at a time


@dataclass(frozen=True)
class Labelled:
    """Images as bytes, [n, side, side, 3] or, of one channel, [n, side, side]; and the class of each."""

    images: NDArray[np.uint8]
    labels: Sequence[int]


def main(arguments: list[str] | None = None) -> int:
    """Fetch what the command line names; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m worker.fetch", description="Fetch a data set.")
    parser.add_argument("name", choices=[*SETS, WEIGHTS], help="which data set, or weights of a network")
    parser.add_argument("architecture", nargs="?", choices=_pretrained(), help="which network's weights")
    parser.add_argument("--to", type=Path, help="folder for the packed file; by default the service's own")
    options = parser.parse_args(arguments)
    if (options.name == WEIGHTS) != (options.architecture is not None):
        parser.error(f"an architecture belongs to {WEIGHTS!r}, and to nothing else")
    try:
        path = _fetched(options.name, options.architecture, options.to, Settings())
    except (DistilleryError, OSError) as error:
        cause = coded(error)
        sys.stderr.write(f"{cause.code}: {cause.detail}\n{cause.advice}\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


def _fetched(name: str, architecture: str | None, to: Path | None, settings: Settings) -> Path:
    folder = to or settings.datasets
    if architecture is None:
        return fetch(name, folder)
    from worker import pretrained  # here: it brings torchvision's networks

    return pretrained.fetch(architecture, folder, settings.weights_url)


def _pretrained() -> list[str]:
    """Networks of which torchvision has weights."""
    return [name for name, facts in table().items() if facts["pretrained"] is not None]


def fetch(name: str, folder: Path) -> Path:
    """The set packed into `<folder>/<name>.safetensors`; returns the file.

    raises DatasetUnavailable if it can't be downloaded
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as downloads:
        train, test, class_names = _download(name, Path(downloads))
        return pack(train, test, class_names, folder / f"{name}.safetensors")


def pack(train: Labelled, test: Labelled, class_names: Sequence[str], path: Path) -> Path:
    """Write the one file that worker.engine.data.packed reads, atomically."""
    values = Values()
    with staged(path) as file:
        packed = PackedFile(file, train.images.shape[1], len(train.labels) + len(test.labels), class_names)
        _write(packed, "train", train, values)
        _write(packed, "test", test, None)
        mean, std = values.mean_and_std()
        packed.close({"mean": mean, "std": std, "resize": _in_words(train)})
    return path


def _write(packed: PackedFile, part: Part, split: Labelled, values: Values | None) -> None:
    for first in range(0, len(split.labels), CHUNK):
        images = split.images[first : first + CHUNK]
        pixels = (np.stack([images] * 3, axis=-1) if images.ndim == 3 else images).tobytes()
        packed.add(part, pixels, split.labels[first : first + CHUNK])
        if values is not None:
            values.add(pixels)
    packed.end(part)


def _in_words(split: Labelled) -> str:
    return "none; 3 equal channels" if split.images.ndim == 3 else "none"


def _download(name: str, folder: Path) -> tuple[Labelled, Labelled, list[str]]:
    from torchvision import datasets  # here: `pack` needs no torchvision

    kind = getattr(datasets, SETS[name])
    try:
        train, test = (kind(str(folder), train=part, download=True) for part in (True, False))
    except (OSError, RuntimeError) as error:  # no network, a refused download, a file that fails its checksum
        if isinstance(error, OSError) and error.errno in NO_SPACE:
            raise
        hint = HINT.format(name=name)
        raise DatasetUnavailable(f"{name} can't be downloaded: {error}", hint=hint) from error
    return _labelled(train), _labelled(test), list(train.classes)


def _labelled(downloaded: Any) -> Labelled:
    """Some sets of torchvision are arrays and lists, others are tensors."""
    return Labelled(np.asarray(downloaded.data), np.asarray(downloaded.targets).tolist())


if __name__ == "__main__":
    sys.exit(main())
