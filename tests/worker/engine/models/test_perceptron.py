"""Networks of rows are plain torch, with the layers that the spec names."""

import pytest
import torch
from torch import nn

from core.spec.models import Student
from core.spec.tabular import layers_of_rows
from worker.engine import registry
from worker.engine.models.layers import parameter_layers, weight_layers
from worker.engine.models.perceptron import ACTIVATIONS, build

LINEAR = Student(architecture="linear")
MLP = Student(architecture="mlp", hidden=[8, 4], activation="tanh")


@pytest.mark.parametrize("chosen", [LINEAR, MLP], ids=["linear", "mlp"])
def test_the_layers_are_those_that_the_spec_tells(chosen):
    network = registry.network(chosen, 3, 2, 0, "student")

    assert tuple(weight_layers(network)) == tuple(parameter_layers(network)) == layers_of_rows(chosen)


def test_a_linear_map_is_one():
    network = registry.network(LINEAR, 3, 2, 0, "student")
    rows = torch.rand(5, 3)

    weight, bias = network.state_dict()["output.weight"], network.state_dict()["output.bias"]
    torch.testing.assert_close(network(rows), rows @ weight.T + bias)


def test_an_mlp_puts_its_activation_behind_every_hidden_layer():
    network = registry.network(MLP, 3, 2, 0, "student")
    values = dict(network.state_dict())
    rows = torch.rand(5, 3)

    hidden = torch.tanh(rows @ values["hidden1.weight"].T + values["hidden1.bias"])
    hidden = torch.tanh(hidden @ values["hidden2.weight"].T + values["hidden2.bias"])
    torch.testing.assert_close(network(rows), hidden @ values["output.weight"].T + values["output.bias"])


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_every_activation_can_be_asked_for(activation):
    assert build(3, 1, (4,), activation)(torch.rand(2, 3)).shape == (2, 1)
    assert isinstance(build(3, 1, (4,), "relu").activation1, nn.ReLU)


def test_stages_and_head_are_modules_of_it():
    network = registry.network(MLP, 3, 2, 0, "student")
    architecture = registry.architecture(MLP, 3)

    assert architecture.stages == ("activation1", "activation2")
    assert isinstance(network.get_submodule(architecture.head), nn.Linear)
    assert [network.get_submodule(name) for name in architecture.stages]
