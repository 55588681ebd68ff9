"""Networks of rows: one linear map, or several with activations between (a multilayer perceptron).

Plain torch: an `nn.Sequential` of `hidden1`, `activation1`, … and `output`. Rumelhart, Hinton, Williams 1986.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping

from torch import nn

from core.spec.models import Student, Teacher
from core.spec.tabular_networks import Activation
from worker.engine.models.architecture import Architecture

ACTIVATIONS: Mapping[Activation, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "identity": nn.Identity,
}


def build(inputs: int, outputs: int, hidden: tuple[int, ...], activation: Activation) -> nn.Module:
    """y = W x + b behind every hidden layer h ← activation(W h + b); rows of [batch, inputs]."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    wide = inputs
    for number, units in enumerate(hidden, start=1):
        layers[f"hidden{number}"] = nn.Linear(wide, units)
        layers[f"activation{number}"] = ACTIVATIONS[activation]()
        wide = units
    layers["output"] = nn.Linear(wide, outputs)
    return nn.Sequential(layers)


def linear(chosen: Teacher | Student, inputs: int) -> Architecture:
    """One linear map."""
    return _architecture("A linear map", inputs, (), "identity")


def mlp(chosen: Teacher | Student, inputs: int) -> Architecture:
    """Its hidden layers are stages, each behind its activation."""
    assert chosen.hidden is not None, "specs are resolved before anything is built"
    assert chosen.activation is not None, "likewise"
    return _architecture("A multilayer perceptron", inputs, chosen.hidden, chosen.activation)


def _architecture(title: str, inputs: int, hidden: tuple[int, ...], activation: Activation) -> Architecture:
    stages = tuple(f"activation{number}" for number in range(1, len(hidden) + 1))
    return Architecture(
        title=title,
        has_width=False,
        build=lambda outputs, _width, _stem: build(inputs, outputs, hidden, activation),
        stages=stages,
        classifier="output",
        head="output",
    )
