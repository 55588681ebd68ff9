"""Download torchvision's weights of an architecture, and keep them as a file that trainers take."""

import json
import pickle
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import torch
from torchvision.models import get_model_weights

from core.errors import WeightsUnavailable
from worker.engine.exports.checkpoints import safetensors
from worker.engine.exports.files import write
from worker.engine.failures import NO_SPACE
from worker.engine.registry import ARCHITECTURES

# As torchvision's own reader of these files has it.
OLD_NAME = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.)")
HINT = (
    "A network is needed once. Where only a mirror can be reached, name its folder of torchvision's files "
    "in DISTILLERY_WEIGHTS_URL; or let the job start without: `source` `train` or `random`."
)


def fetch(architecture: str, folder: Path, mirror: str | None = None) -> Path:
    """The weights in `<folder>/<architecture>.pretrained.safetensors`; returns the file.

    mirror    URL of a folder with files of the same names, instead of the one that torchvision names

    raises WeightsUnavailable if they can't be downloaded, or are not those of the network
    """
    folder.mkdir(parents=True, exist_ok=True)
    chosen: Any = get_model_weights(architecture).DEFAULT
    weights = _download(architecture, _address(chosen.url, mirror), folder)
    names = list(chosen.meta["categories"])
    network = ARCHITECTURES[architecture].build(len(names), 1.0, "imagenet")
    try:
        network.load_state_dict(renamed(weights))
    except (RuntimeError, TypeError, AttributeError) as error:
        raise WeightsUnavailable(f"what was downloaded is no {architecture}: {error}", hint=HINT) from error
    facts = {
        "architecture": architecture, "width": 1.0, "stem": "imagenet", "num_classes": len(names),
        "class_names": names, "weights": chosen.name,
    }  # fmt: skip
    metadata = {name: json.dumps(fact) for name, fact in facts.items()}
    return write(
        folder / f"{architecture}.pretrained.safetensors", safetensors(network.state_dict(), metadata)
    )


def renamed(weights: Mapping[str, Any]) -> dict[str, Any]:
    """By the names of today: the files of DenseNet say `norm.1` where its layers are called `norm1`."""
    return {OLD_NAME.sub(r"\1\2", name): value for name, value in weights.items()}


def _address(url: str, mirror: str | None) -> str:
    return url if mirror is None else f"{mirror.rstrip('/')}/{url.rpartition('/')[2]}"


def _download(architecture: str, url: str, folder: Path) -> Any:
    """The state dict, read without running any code of it; its name holds the beginning of its sha256."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as downloads:
        try:
            return torch.hub.load_state_dict_from_url(
                url,
                model_dir=downloads,
                map_location="cpu",
                progress=False,
                check_hash=True,
                weights_only=True,
            )
        except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
            if isinstance(error, OSError) and error.errno in NO_SPACE:
                raise
            if isinstance(error, HTTPError):
                error.close()  # it is the answer, too, with a connection of its own
            raise WeightsUnavailable(
                f"the weights of {architecture} can't be downloaded: {error}", hint=HINT
            ) from error
