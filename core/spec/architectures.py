"""Stages and layer names of each architecture, known without torch: a table generated from the real networks.

`python -m worker.engine.models.table` writes it; a test compares it with the networks. What networks of rows
are follows from the job, and stands in no file.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from core.spec import tabular_networks

TABLE = "architectures.json"


@cache
def table() -> dict[str, Any]:
    """Facts by architecture, at width 1 and 1000 classes.

    parameters         trainable numbers
    pretrained         the weights that torchvision has of it, by their name there
    small_stem_fits    whether weights of the stem `imagenet` fit the stem `small`
    stages             name and channels of each, from large maps to small
    penultimate        width of the pooled features before the classifier
    layers             convolutions and linear layers: what penalties and limits mean by weights
    parameter_layers   every layer with parameters of its own, normalisations among them
    """
    facts: dict[str, Any] = json.loads(files("core.spec").joinpath(TABLE).read_text(encoding="utf-8"))
    return facts | tabular_networks.table()


def layers(architecture: str) -> tuple[str, ...]:
    """Names of the convolutions and linear layers, in the order of the network."""
    return tuple(table()[architecture]["layers"])


def parameter_layers(architecture: str) -> tuple[str, ...]:
    """Names of all layers that have parameters, in the order of the network."""
    return tuple(table()[architecture]["parameter_layers"])


def describe() -> list[dict[str, Any]]:
    """Each architecture with its stages, for a catalog; layer names are left to `layers`."""
    shown = ("title", "parameters", "stages", "penultimate", "has_width", "pretrained")
    return [
        {"name": name, "sees": _seen_by(name), **{key: facts[key] for key in shown}}
        for name, facts in table().items()
    ]


def _seen_by(name: str) -> str:
    return "rows" if name in tabular_networks.TITLES else "images"
