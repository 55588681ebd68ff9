"""Generates core/spec/architectures.json from the real networks: python -m worker.engine.models.table"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision.models import get_model_weights, list_models

from core.spec import architectures
from worker.engine.models.architecture import Architecture
from worker.engine.models.families import ARCHITECTURES
from worker.engine.models.layers import parameter_layers, weight_layers
from worker.engine.models.outline import weightless
from worker.engine.models.sides import Sides
from worker.engine.models.wiring import fed_activations

FILE = Path(architectures.__file__).with_name(architectures.TABLE)
CLASSES = 1000


def table() -> dict[str, Any]:
    """Facts by architecture, at width 1 and 1000 classes; core.spec.architectures says what each means."""
    return {
        name: weight_facts(name, architecture) | map_facts(architecture)
        for name, architecture in ARCHITECTURES.items()
    }


def weight_facts(name: str, architecture: Architecture) -> dict[str, Any]:
    """What can be known of a network by looking at it."""
    with weightless():
        network, small = (architecture.build(CLASSES, 1.0, stem) for stem in ("imagenet", "small"))
    layers, all_layers = list(weight_layers(network)), list(parameter_layers(network))
    return {
        "title": architecture.title,
        "has_width": architecture.has_width,
        "smallest_width": architecture.smallest_width,
        "pretrained": get_model_weights(name).DEFAULT.name if name in list_models() else None,
        "small_stem": architecture.small_stem,
        "small_stem_fits": _shapes(network) == _shapes(small),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "penultimate": network.get_submodule(architecture.head).in_features,
        "bridge": architecture.bridge,
        "bridge_averages": _averages(network, architecture),
        "activations": _activations(network),
        "layers": layers,
        "other_layers": [layer for layer in all_layers if layer not in layers],
    }


def map_facts(architecture: Architecture) -> dict[str, Any]:
    """What is seen when images pass."""
    stems: dict[str, Sides] = {stem: Sides(architecture, stem) for stem in ("small", "imagenet")}
    channels = stems["small"].channels
    return {
        "stages": [{"name": stage, "channels": channels[stage]} for stage in architecture.stages],
        "stems": {
            stem: {
                "strides": sides.strides(),
                "single_up_to": sides.single_up_to(),
                "smallest_side": sides.smallest(),
            }
            for stem, sides in stems.items()
        },
    }


def text() -> str:
    """The table as it stands in the file: a line for each fact."""
    return _braced([f" {json.dumps(name)}: {_lines(facts)}" for name, facts in table().items()]) + "\n"


def _averages(network: nn.Module, architecture: Architecture) -> bool:
    bridge = architecture.bridge
    return bridge is not None and isinstance(network.get_submodule(bridge), nn.AdaptiveAvgPool2d)


def _activations(network: nn.Module) -> dict[str, list[str]]:
    fed = fed_activations(network)
    return {kind: [one.name for one in fed if one.kind == kind] for kind in sorted({one.kind for one in fed})}


def _lines(facts: dict[str, Any]) -> str:
    return _braced(
        [f"  {json.dumps(k)}: {json.dumps(fact, ensure_ascii=False)}" for k, fact in facts.items()]
    )


def _braced(lines: list[str]) -> str:
    return "{\n" + ",\n".join(lines) + "\n}"


def _shapes(network: nn.Module) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in network.state_dict().items()}


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
