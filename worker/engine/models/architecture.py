"""What the engine must know of a network beside its layers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import nn

Stem = Literal["small", "imagenet"]


@dataclass(frozen=True)
class Architecture:
    """A family of networks.

    title        for people, with its paper
    has_width    whether the channel multiplier may differ from 1
    build        (classes, width, stem) → a network with random weights, for images [batch, 3, side, side]
    stages       names of the modules that end each stage, from large maps to small
    classifier   name of the module that turns the pooled features into logits
    """

    title: str
    has_width: bool
    build: Callable[[int, float, Stem], nn.Module]
    stages: tuple[str, ...]
    classifier: str
