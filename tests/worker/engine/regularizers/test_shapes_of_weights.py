"""Penalties on weights beside L1 and L2: closed forms in plain numbers, gradients, and what they do."""

import math

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck

from core.spec import regularizers as specs
from tests.worker.engine.builders import a_moment, a_setting, a_trainer, train
from worker.engine import registry
from worker.engine.regularizers.group_lasso import GroupLasso, group_norms
from worker.engine.regularizers.l2_sp import L2Sp, squared_distance
from worker.engine.regularizers.orthogonal import Orthogonal, departure

MOMENT = a_moment(torch.zeros(1, 4))
EACH = pytest.mark.parametrize("kind", [specs.L2Sp, specs.GroupLasso, specs.Orthogonal])
IMPLEMENTATIONS = {specs.L2Sp: L2Sp, specs.GroupLasso: GroupLasso, specs.Orthogonal: Orthogonal}


def two_layers():
    """Units (3, 4) and (0, 0) of a convolution, (2) and (−1) of a linear layer; biases, which never count."""
    network = nn.Sequential(nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(1, 2))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[3.0, 4.0], [0.0, 0.0]]).view(2, 2, 1, 1))
        network[3].weight.copy_(torch.tensor([[2.0], [-1.0]]))
        for module in (network[0], network[1], network[3]):
            module.bias.fill_(100)
    return network


def attached(kind, network, **options):
    regularizer = IMPLEMENTATIONS[kind](kind(**{"strength": 1.0, **options}))
    regularizer.attach(a_setting(network))
    return regularizer


def test_the_distance_to_the_start_is_0_at_the_start_and_grows_with_its_square():
    network = two_layers()
    l2_sp = attached(specs.L2Sp, network, strength=0.5)
    assert l2_sp.penalty(MOMENT).item() == 0

    with torch.no_grad():
        network[0].weight[0, 0] += 2
        network[3].weight[1, 0] -= 1

    assert l2_sp.penalty(MOMENT).item() == pytest.approx(0.5 * (4 + 1))


def test_group_lasso_sums_the_norms_of_units_by_the_root_of_their_size():
    found = attached(specs.GroupLasso, two_layers(), strength=0.1).penalty(MOMENT)

    assert found.item() == pytest.approx(0.1 * (math.sqrt(2) * (5 + 0) + 1 * (2 + 1)))


def test_orthogonal_compares_the_smaller_gram_matrix_with_the_identity():
    found = attached(specs.Orthogonal, two_layers(), strength=0.1).penalty(MOMENT)

    # [[25, 0], [0, 0]] − I of the convolution; (2² + 1²) − 1 of the linear layer, whose columns are fewer.
    assert found.item() == pytest.approx(0.1 * ((24**2 + 1) + 4**2))


def test_a_rotation_costs_nothing():
    turn = math.pi / 5
    rotation = torch.tensor([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])

    assert departure([rotation]).item() == pytest.approx(0.0, abs=1e-12)


@EACH
def test_a_target_restricts_it(kind):
    network = two_layers()
    chosen = attached(kind, network, target="3")

    assert [weight is network[3].weight for weight in chosen.weights] == [True]


@pytest.mark.parametrize("total", [group_norms, departure, lambda w: squared_distance(w, [torch.ones(2, 3)])])
def test_the_gradient_is_right(total):
    weight = torch.tensor([[0.3, -1.2, 0.4], [0.8, 0.1, -0.5]], dtype=torch.float64, requires_grad=True)

    assert gradcheck(lambda w: total([w]), [weight])


def test_a_unit_of_zeros_is_pulled_nowhere():
    weight = torch.zeros(2, 3, requires_grad=True)

    group_norms([weight]).backward()

    assert torch.equal(weight.grad, torch.zeros(2, 3))


def after(*chosen, epochs=5):
    return train(a_trainer(regularizers=registry.regularizers(chosen)), epochs=epochs)


def test_l2_sp_keeps_weights_near_their_start():
    start = a_trainer().network.state_dict()["fc.weight"].clone()

    def way(*chosen):
        return (after(*chosen)["fc.weight"] - start).norm().item()

    assert way(specs.L2Sp(strength=0.1)) < 0.5 * way()


def test_group_lasso_takes_whole_channels_towards_0():
    def smallest(*chosen):
        norms = after(*chosen)["conv.weight"].flatten(1).norm(dim=1)
        return (norms.min() / norms.max()).item()

    assert smallest(specs.GroupLasso(strength=0.01)) < 0.5 * smallest()


def test_orthogonal_makes_weights_orthogonal():
    def left(*chosen):
        weights = after(*chosen)
        return departure([weights["conv.weight"], weights["fc.weight"]]).item()

    assert left(specs.Orthogonal(strength=0.02)) < 0.1 * left()
