"""What the engine must know of a network beside its layers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

Stem = Literal["small", "imagenet"]


@dataclass(frozen=True)
class Architecture:
    """A family of networks.

    title            for people, with its paper
    has_width        whether the channel multiplier may differ from 1
    build            (classes, width, stem) → a network with random weights, for images [batch, 3, side, side]
    stages           names of the modules that end each stage, from large maps to small; each puts out the
                     maps of its stage, [batch, channels, h, w]
    classifier       name of the module that turns the maps, pooled, into logits
    head             name of the linear layer in it that ends it; its inputs are the penultimate features
    bridge           name of the one module between the last stage and the head, which averages the maps or is
                     followed by what does: a projector can take its place; None where there are more
    smallest_width   of the multipliers; with smaller ones torchvision leaves layers out
    small_stem       what the stem `small` changes, in words; empty where there are no stems
    elsewhere        (classes, width, stem) → how to build it with torchvision alone, as JSON; None where that
                     has no such network
    """

    title: str
    has_width: bool
    build: Callable[[int, float, Stem], nn.Module]
    stages: tuple[str, ...]
    classifier: str
    head: str
    smallest_width: float = 1.0
    small_stem: str = ""
    bridge: str | None = None
    elsewhere: Callable[[int, float, Stem], Mapping[str, Any]] | None = None
