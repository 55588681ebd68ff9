"""A student that answers with the classifier of another network, and the projector that leads to it.

Chen et al. 2022, section 3.2. https://arxiv.org/abs/2203.14001
"""

from collections.abc import Mapping
from typing import Any

from torch import nn

from core.errors import InvalidJob
from core.spec.reuse import Reuse
from worker.engine.models.architecture import Architecture, Stem
from worker.engine.models.outline import weightless
from worker.engine.models.stems import written


class Projector(nn.Sequential):
    """A bottleneck: 1 × 1, 3 × 3 and 1 × 1 convolutions, each with its normalisation and a ReLU.

    channels   of the student's last stage [batch, channels, h, w]
    reuse      what it leads to [batch, reuse.channels, h, w], ≥ 0 as the last maps of a residual network
    """

    def __init__(self, channels: int, reuse: Reuse) -> None:
        within = max(1, reuse.channels // reuse.factor)
        super().__init__(
            *_layer(channels, within, 1), *_layer(within, within, 3), *_layer(within, reuse.channels, 1)
        )


def with_projector(network: nn.Module, architecture: Architecture, reuse: Reuse) -> nn.Module:
    """The network with a projector behind its last stage, and a linear layer for what that puts out.

    raises InvalidJob if the projector finds no place
    """
    place = _place(architecture)
    bridge, head = network.get_submodule(place), network.get_submodule(architecture.head)
    assert isinstance(head, nn.Linear)
    if isinstance(bridge, nn.AdaptiveAvgPool2d):
        made: nn.Module = nn.Sequential(Projector(head.in_features, reuse), bridge)
    else:
        made = Projector(_read_by(bridge), reuse)
    network.set_submodule(place, made)
    network.set_submodule(architecture.head, nn.Linear(reuse.channels, head.out_features))
    return network


def projector(network: nn.Module) -> Projector | None:
    """The one of this network, or None."""
    return next((module for module in network.modules() if isinstance(module, Projector)), None)


def elsewhere(
    architecture: Architecture, classes: int, width: float, stem: Stem, reuse: Reuse | None
) -> Mapping[str, Any] | None:
    """How to build the network with torchvision alone, as JSON; None where that has no such network."""
    if architecture.elsewhere is None or reuse is None:
        return architecture.elsewhere and architecture.elsewhere(classes, width, stem)
    told = architecture.elsewhere(classes, width, stem)
    with weightless():
        network = with_projector(architecture.build(classes, width, stem), architecture, reuse)
    place = _place(architecture)
    made = dict(network.get_submodule(place).named_modules(prefix=place))
    made[architecture.head] = network.get_submodule(architecture.head)
    new = {name: written(module) for name, module in made.items()}
    return {**told, "replaced": {**told["replaced"], **new}}


def _layer(channels: int, into: int, size: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels, into, size, padding=size // 2, bias=False)
    return convolution, nn.BatchNorm2d(into), nn.ReLU()


def _place(architecture: Architecture) -> str:
    if architecture.bridge is None:
        raise InvalidJob(f"a projector finds no place in this network: {architecture.title}")
    return architecture.bridge


def _read_by(module: nn.Module) -> int:
    """Channels that its first convolution reads."""
    return next(one.in_channels for one in module.modules() if isinstance(one, nn.Conv2d))
