"""Stages, sizes and layer names of each architecture, known without torch: a table made from real networks.

`python -m worker.engine.models.table` writes it; a test compares it with the networks. What networks of rows
are follows from the job, and stands in no file.
"""

import json
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Any

from core.spec import tabular_networks

TABLE = "architectures.json"


@cache
def table() -> dict[str, Any]:
    """Facts by architecture, at width 1 and 1000 classes.

    parameters         trainable numbers
    smallest_width     of the channel multipliers that it can have
    pretrained         the weights that torchvision has of it, by their name there; null where it has none
    small_stem         what the stem `small` changes
    small_stem_fits    whether weights of the stem `imagenet` fit the stem `small`
    stages             name and channels of each, from large maps to small
    penultimate        width of the pooled features that the last linear layer takes
    bridge             the one layer between the last stage and the last linear one; null where there are more
    bridge_averages    whether this layer does nothing but average the maps
    activations        those that follow a convolution or linear layer: by kind, the names of these layers
    stems              of each stem, in pixels of the image: `strides`, from one position of a stage's maps to
                       the next; `single_up_to`, the largest side of which a stage's map is a single position;
                       `smallest_side` that passes through the network at all
    layers             convolutions and linear layers: what penalties and limits mean by weights
    other_layers       the others with parameters of their own, normalisations for instance
    """
    facts: dict[str, Any] = json.loads(files("core.spec").joinpath(TABLE).read_text(encoding="utf-8"))
    return facts | tabular_networks.table()


def layers(architecture: str) -> tuple[str, ...]:
    """Names of the convolutions and linear layers, in the order of the network."""
    return tuple(table()[architecture]["layers"])


def parameter_layers(architecture: str) -> tuple[str, ...]:
    """Names of all layers that have parameters; first those that have weights."""
    return (*layers(architecture), *table()[architecture]["other_layers"])


def parameters(architecture: str) -> int | None:
    """Trainable numbers at width 1 and 1000 classes; None where the job tells its sizes."""
    count: int | None = table()[architecture]["parameters"]
    return count


def channels_read(architecture: str) -> int | None:
    """Channels of the last stage's maps that one linear layer reads, averaged; None where more is between."""
    facts = table()[architecture]
    channels: int = facts["penultimate"]
    return channels if facts["bridge_averages"] else None


def activations(architecture: str) -> tuple[str, ...]:
    """Kinds that follow its convolutions and linear layers; none where the job tells them."""
    return tuple(table()[architecture]["activations"])


def followed_by(architecture: str, kinds: Collection[str]) -> tuple[str, ...]:
    """Names of the convolutions and linear layers that an activation of these kinds follows."""
    by_kind = table()[architecture]["activations"]
    followed = {name for kind in kinds for name in by_kind.get(kind, ())}
    return tuple(name for name in layers(architecture) if name in followed)


def smallest_side(architecture: str, stem: str) -> int:
    """Of square images that the network can see, in pixels."""
    side: int = table()[architecture]["stems"][stem]["smallest_side"]
    return side


def single_up_to(architecture: str, stem: str) -> tuple[int, ...]:
    """For each stage, the side of the largest image of which it makes a map of one position."""
    return tuple(table()[architecture]["stems"][stem]["single_up_to"])


def describe() -> list[dict[str, Any]]:
    """Each architecture with its stages, for a catalog; layer names are left to `layers`."""
    shown = (
        "title", "parameters", "stages", "penultimate", "has_width", "smallest_width", "pretrained",
        "small_stem", "stems",
    )  # fmt: skip
    return [
        {"name": name, "sees": _seen_by(name), **{key: facts[key] for key in shown}}
        for name, facts in table().items()
    ]


def _seen_by(name: str) -> str:
    return "rows" if name in tabular_networks.TITLES else "images"
