"""Generates core/spec/architectures.json from the real networks: python -m worker.engine.models.table"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision.models import get_model_weights

from core.spec import architectures
from worker.engine.models.architecture import Architecture
from worker.engine.models.layers import parameter_layers, weight_layers
from worker.engine.models.mobilenet import MOBILENET_V2
from worker.engine.models.resnet import RESNET18

FILE = Path(architectures.__file__).with_name(architectures.TABLE)
CLASSES = 1000
ARCHITECTURES = {"resnet18": RESNET18, "mobilenet_v2": MOBILENET_V2}


def table() -> dict[str, Any]:
    """Facts by architecture, at width 1 and 1000 classes; core.spec.architectures says what each means."""
    return {name: facts(name, architecture) for name, architecture in ARCHITECTURES.items()}


def facts(name: str, architecture: Architecture) -> dict[str, Any]:
    """What can be known of a network without weights."""
    network = architecture.build(CLASSES, 1.0, "imagenet").eval()
    return {
        "title": architecture.title,
        "has_width": architecture.has_width,
        "pretrained": get_model_weights(name).DEFAULT.name,
        "small_stem_fits": _shapes(network) == _shapes(architecture.build(CLASSES, 1.0, "small")),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "stages": _stages(network, architecture.stages),
        "penultimate": _penultimate(network, architecture.head),
        "layers": list(weight_layers(network)),
        "parameter_layers": list(parameter_layers(network)),
    }


def text() -> str:
    """The table as it stands in the file."""
    return json.dumps(table(), indent=1) + "\n"


def _shapes(network: nn.Module) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in network.state_dict().items()}


@torch.no_grad()
def _stages(network: nn.Module, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Name and channels of each stage, seen on a passing image."""
    channels: dict[str, int] = {}
    for name in names:
        network.get_submodule(name).register_forward_hook(
            lambda _module, _inputs, output, name=name: channels.__setitem__(name, output.shape[1])
        )
    network(torch.zeros(1, 3, 64, 64))
    return [{"name": name, "channels": channels[name]} for name in names]


def _penultimate(network: nn.Module, head: str) -> int:
    layer = network.get_submodule(head)
    assert isinstance(layer, nn.Linear)
    return layer.in_features


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
