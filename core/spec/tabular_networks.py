"""Networks of rows: a linear map, or a few of them with activations between."""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field

from core.spec.base import Many

TabularArchitecture = Literal["linear", "mlp"]
Activation = Literal["relu", "tanh", "sigmoid", "identity"]
Hidden = Annotated[Many[Annotated[int, Field(ge=1, le=8192)]], Field(min_length=1, max_length=16)]

# What `null` means for an mlp.
HIDDEN: tuple[int, ...] = (64, 64)
ACTIVATION: Activation = "relu"
SMALL: tuple[int, ...] = (16,)  # of a student of which nothing is said

TITLES: dict[TabularArchitecture, str] = {
    "linear": "One linear map: linear regression, or logistic regression",
    "mlp": "A multilayer perceptron: linear maps with activations between, Rumelhart et al. 1986",
}


def products(architecture: TabularArchitecture, hidden: tuple[int, ...] | None) -> int:
    """Weights from one input to one output, by which the sizes of two such networks are compared."""
    wide = (1, *(hidden or HIDDEN), 1) if architecture == "mlp" else (1, 1)
    return sum(inputs * outputs for inputs, outputs in pairwise(wide))


def layers(architecture: TabularArchitecture, hidden: tuple[int, ...] | None = None) -> tuple[str, ...]:
    """Names of the linear layers, from inputs to outputs."""
    count = len(hidden or HIDDEN) if architecture == "mlp" else 0
    return (*(f"hidden{number}" for number in range(1, count + 1)), "output")


def table() -> dict[str, dict[str, Any]]:
    """The facts that core.spec.architectures has of networks of images, as far as there are such.

    How large one is follows from the data; the layers are those of an mlp without `hidden`.
    """
    return {name: _facts(name, title) for name, title in TITLES.items()}


def _facts(name: TabularArchitecture, title: str) -> dict[str, Any]:
    names = list(layers(name))
    return {
        "title": title, "has_width": False, "smallest_width": 1.0, "pretrained": None, "small_stem": "",
        "small_stem_fits": False, "parameters": None, "stages": [], "stems": {}, "penultimate": None,
        "bridge": None, "bridge_averages": False, "activations": {},
        "layers": names, "other_layers": [],
    }  # fmt: skip
