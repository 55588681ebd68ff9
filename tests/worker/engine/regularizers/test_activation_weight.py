"""½ Σ ‖f'(z_i)‖² ‖w_i‖²: from its own words in plain loops, its gradient, and what it does to training."""

import math
from collections import OrderedDict
from dataclasses import replace

import pytest
import torch
from torch import nn

from core.errors import InvalidJob
from core.spec.regularizers import ActivationWeight as Spec
from tests.worker.engine.builders import (
    CLASSES,
    FIRST,
    a_batch,
    a_moment,
    a_network,
    a_setting,
    a_trainer,
    train,
)
from worker.engine.models.mobilenet import MOBILENET_V2
from worker.engine.models.resnet import RESNET18
from worker.engine.randomness import seeded
from worker.engine.regularizers.activation_weight import ActivationWeight

MOMENT = a_moment(torch.zeros(1, CLASSES))


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def attached(network, **options):
    regularizer = ActivationWeight(Spec(**{"strength": 1.0, **options}))
    regularizer.attach(a_setting(network))
    return regularizer


def penalty(regularizer, network, inputs):
    with regularizer.around_backward(FIRST):
        network.train()(inputs)
        return regularizer.penalty(MOMENT)


def perceptron(activation, inputs=3, hidden=4):
    with seeded(0, "perceptron"):
        return nn.Sequential(
            nn.Linear(inputs, hidden), activation, nn.Linear(hidden, hidden), activation, nn.Linear(hidden, 1)
        )


def slope(z):
    s = 1 / (1 + math.exp(-z))
    return s * (1 - s)


def in_plain_loops(network, inputs):
    """Of a perceptron with sigmoids, every number on its own."""
    total, values = 0.0, inputs.tolist()
    for layer in (network[0], network[2]):
        weight, bias = layer.weight.tolist(), layer.bias.tolist()
        z = [
            [
                sum(w * x for w, x in zip(row, sample, strict=True)) + b
                for row, b in zip(weight, bias, strict=True)
            ]
            for sample in values
        ]
        for unit, row in enumerate(weight):
            squared_slope = sum(slope(sample[unit]) ** 2 for sample in z) / len(z)
            total += squared_slope * sum(w * w for w in row) / 2
        values = [[1 / (1 + math.exp(-one)) for one in sample] for sample in z]
    return total


def test_a_perceptron_costs_what_the_document_says():
    network, inputs = perceptron(nn.Sigmoid()), drawn(7, 3)

    found = penalty(attached(network, strength=0.3), network, inputs)

    assert found.item() == pytest.approx(0.3 * in_plain_loops(network, inputs), rel=1e-5)


def test_behind_relu_only_units_that_are_on_cost():
    network = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[2.0], [-3.0]]))
        network[0].bias.zero_()
    inputs = torch.tensor([[1.0], [1.0], [1.0], [-1.0]])  # unit 0 is on in three of four, unit 1 in one

    found = penalty(attached(network), network, inputs)

    assert found.item() == pytest.approx((0.75 * 4 + 0.25 * 9) / 2)


def test_in_a_convolution_channels_are_units_and_the_normalisation_is_folded_in():
    network, images = a_network().train(), drawn(5, 3, 8, 8)
    with torch.no_grad():
        network.norm.weight.copy_(torch.linspace(-1, 2, 8))
        network.norm.bias.copy_(torch.linspace(-1, 1, 8))

    found = penalty(attached(network), network, images)

    z = network.norm.bias.view(8, 1, 1) + network.norm.weight.view(8, 1, 1) * nn.functional.batch_norm(
        network.conv(images), None, None, training=True
    )
    expected = 0.0
    for channel in range(8):
        on = (z[:, channel] > 0).float().mean().item()
        variance = network.norm.running_var[channel].item() + network.norm.eps
        folded = network.norm.weight[channel].item() / math.sqrt(variance) * network.conv.weight[channel]
        expected += on * folded.square().sum().item() / 2
    assert found.item() == pytest.approx(expected, rel=1e-5)


def test_smaller_weights_before_a_normalisation_are_no_escape():
    costs = []
    for scale in (1.0, 0.1):
        network = a_network()
        network.norm.momentum = 1.0  # the running statistics are those of the batch
        network.norm.eps = 1e-12
        with torch.no_grad():
            network.conv.weight.mul_(scale)
            network.conv.bias.mul_(scale)
        costs.append(penalty(attached(network), network, a_batch().images).item())

    assert costs[0] == pytest.approx(costs[1], rel=1e-3)


def test_duplicating_the_batch_changes_nothing():
    network, inputs = perceptron(nn.Tanh()), drawn(6, 3)
    regularizer = attached(network)

    once = penalty(regularizer, network, inputs).item()

    assert penalty(regularizer, network, torch.cat([inputs, inputs])).item() == pytest.approx(once)


@pytest.mark.parametrize("activation", [nn.Sigmoid(), nn.Tanh(), nn.SiLU(), nn.GELU(), nn.ReLU()])
def test_its_gradient_is_that_of_finite_differences(activation):
    network, inputs = perceptron(activation).double(), drawn(5, 3).double()
    regularizer = attached(network)
    parameters = [network[0].weight, network[0].bias, network[2].weight]

    # As in training, the slopes are float32: so coarse are the differences.
    gradients = torch.autograd.grad(penalty(regularizer, network, inputs), parameters, materialize_grads=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        direction, step = drawn(*parameter.shape).double(), 1e-3
        ends = []
        for sign in (1, -1):
            with torch.no_grad():
                parameter.add_(sign * step * direction)
                ends.append(penalty(regularizer, network, inputs).item())
                parameter.sub_(sign * step * direction)
        expected = (ends[0] - ends[1]) / (2 * step)
        assert (gradient * direction).sum().item() == pytest.approx(expected, rel=1e-2, abs=2e-4)


def test_nothing_flows_to_the_variance_but_something_to_the_gain():
    network = a_network()

    penalty(attached(network), network, a_batch().images).backward()

    assert network.norm.weight.grad.abs().sum() > 0
    assert network.conv.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("activation", [nn.ReLU(inplace=True), nn.SiLU(inplace=True)])
def test_an_activation_may_overwrite_its_input(activation):
    """As torchvision's do: what was computed before must be of the input, and gradients must still flow."""
    kept, overwritten = perceptron(type(activation)()), perceptron(activation)
    inputs, gradients, costs = drawn(6, 3), [], []

    for network in (kept, overwritten):
        cost = penalty(attached(network), network, inputs)
        (network(inputs).sum() + cost).backward()
        costs.append(cost.item())
        gradients.append(network[0].weight.grad)

    assert costs[0] == costs[1]
    torch.testing.assert_close(*gradients)


def test_only_some_activations_may_count():
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.Tanh())

    assert [fed.name for fed in attached(network, activations=("tanh",)).fed] == ["2"]
    with pytest.raises(InvalidJob, match="no layer is followed by any of gelu"):
        attached(network, activations=("gelu",))


def test_a_target_restricts_it_to_the_layers_that_match():
    assert [fed.name for fed in attached(perceptron(nn.Tanh()), target="2").fed] == ["2"]
    with pytest.raises(InvalidJob, match="no layer is named like 'nothing'"):
        attached(perceptron(nn.Tanh()), target="nothing")
    with pytest.raises(InvalidJob, match="no layer named like '2' is followed by any of"):
        attached(nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2)), target="2")


@pytest.mark.parametrize("architecture", [RESNET18, MOBILENET_V2], ids=lambda found: found.title)
def test_it_hears_real_networks_before_their_activations_overwrite(architecture):
    width = 0.25 if architecture.has_width else 1.0
    network = architecture.build(CLASSES, width, "imagenet")
    regularizer = ActivationWeight(Spec(strength=1.0))
    regularizer.attach(replace(a_setting(network), architecture=architecture))
    images = drawn(2, 3, 32, 32)

    cost = penalty(regularizer, network, images)
    (network(images).sum() + cost).backward()

    slopes = {name: value for name, value in regularizer.measures().items() if "slope" in name}
    assert all(0 < value.item() < 1 for value in slopes.values())  # some units are on, some are off
    assert network.get_submodule(regularizer.fed[-1].name).weight.grad.abs().sum() > 0


def test_in_evaluation_it_listens_to_nobody():
    network = perceptron(nn.Tanh())
    regularizer = attached(network)
    expected = penalty(regularizer, network, torch.ones(2, 3)).item()

    with regularizer.around_backward(FIRST):
        network.train()(torch.ones(2, 3))
        network.eval()(torch.zeros(9, 3))

        assert regularizer.penalty(MOMENT).item() == expected


def test_it_measures_weights_and_slopes_over_an_epoch():
    network = nn.Sequential(OrderedDict(one=nn.Linear(1, 1), act=nn.ReLU()))
    with torch.no_grad():
        network.one.weight.fill_(-2.0)
        network.one.bias.zero_()
    regularizer = attached(network)

    for inputs in ([[-1.0], [-1.0]], [[1.0], [-1.0]]):  # on always, on half the time
        penalty(regularizer, network, torch.tensor(inputs))

    told = {name: value.item() for name, value in regularizer.measures().items()}
    assert told == {"one/mean_abs_weight": 2.0, "one/mean_squared_slope": 0.75}
    penalty(regularizer, network, torch.tensor([[1.0]]))
    assert regularizer.measures()["one/mean_squared_slope"].item() == 0.0  # the next epoch begins anew


def test_it_makes_weights_before_activations_smaller():
    def size(**regularizers):
        return train(a_trainer(**regularizers), epochs=5)["norm.weight"].norm().item()

    assert size(regularizers={"it": ActivationWeight(Spec(strength=0.5))}) < 0.7 * size()
