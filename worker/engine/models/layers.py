"""The layers of a network by name, and which of them a glob pattern means."""

from fnmatch import fnmatchcase
from typing import TypeVar

from torch import nn

from core.errors import InvalidJob

Layer = TypeVar("Layer")
WeightLayer = nn.Conv2d | nn.Linear


def weight_layers(network: nn.Module, target: str | None = None) -> dict[str, WeightLayer]:
    """Convolutions and linear layers whose name matches: the ones that penalties and limits mean by weights.

    Those whose weights are not trained are passed over.

    raises InvalidJob if the pattern matches none
    """
    found = {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, WeightLayer) and module.weight.requires_grad
    }
    return matching(found, target)


def parameter_layers(network: nn.Module, target: str | None = None) -> dict[str, nn.Module]:
    """Every layer with parameters of its own whose name matches, normalisations among them.

    raises InvalidJob if the pattern matches none
    """
    found = {name: m for name, m in network.named_modules() if any(True for _ in m.parameters(recurse=False))}
    return matching(found, target)


def matching(layers: dict[str, Layer], target: str | None) -> dict[str, Layer]:
    """Those of the layers whose name the pattern matches; all of them without one.

    raises InvalidJob if there are none
    """
    if target is None:
        return layers
    found = {name: layer for name, layer in layers.items() if fnmatchcase(name, target)}
    if not found:
        raise InvalidJob(f"no layer is named like {target!r}", hint=f"Layers are named like {_some(layers)}.")
    return found


def _some(layers: dict[str, Layer]) -> str:
    names = list(layers)
    return ", ".join([*names[:2], names[-1]])
