import math

import pytest
import torch
from torch import nn

from core.errors import InvalidJob
from core.spec.regularizers import LayerNorm, NormProduct
from tests.worker.engine.builders import a_moment, a_setting, a_trainer, train
from worker.engine.regularizers import norm_product
from worker.engine.regularizers.norm_product import combined

MOMENT = a_moment(torch.zeros(1, 4))


def two_layers():
    """Weights (3, −4) and (2, −1); biases, which no norm may count."""
    network = nn.Sequential(nn.Linear(2, 1), nn.ReLU(), nn.Linear(1, 2))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[3.0, -4.0]]))
        network[2].weight.copy_(torch.tensor([[2.0], [-1.0]]))
        for layer in (network[0], network[2]):
            layer.bias.fill_(100)
    return network


def penalty(network=None, **options):
    regularizer = norm_product.NormProduct(NormProduct(**{"strength": 1.0, **options}))
    regularizer.attach(a_setting(network or two_layers()))
    return regularizer.penalty(MOMENT).item()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 5 * math.sqrt(5)),  # up to four layers the product itself, of l2 norms
        ({"strength": 0.1}, 0.5 * math.sqrt(5)),
        ({"layers": (LayerNorm(norm="l1"),)}, 7 * 3),
        ({"layers": (LayerNorm(target="0", norm="l1"), LayerNorm())}, 7 * math.sqrt(5)),
        ({"layers": (LayerNorm(), LayerNorm(target="0", norm="l1"))}, 5 * math.sqrt(5)),  # the first counts
        ({"layers": (LayerNorm(target="2", norm="l1"),)}, 3),
        ({"reduction": "geometric_mean"}, math.sqrt(5 * math.sqrt(5))),
        ({"reduction": "log_sum"}, math.log(5 * math.sqrt(5))),
    ],
)
def test_it_is_what_it_says(options, expected):
    assert penalty(**options) == pytest.approx(expected, rel=1e-6)


def many_layers(count):
    network = nn.Sequential(*[nn.Linear(1, 1) for _ in range(count)])
    with torch.no_grad():
        for layer in network:
            layer.weight.fill_(2.0)
    return network


@pytest.mark.parametrize(("count", "expected"), [(4, 16.0), (5, 2.0), (200, 2.0)])
def test_beyond_four_layers_it_is_their_geometric_mean(count, expected):
    assert penalty(many_layers(count)) == pytest.approx(expected, rel=1e-5)


def test_the_product_of_many_layers_overflows_their_logarithm_does_not():
    assert penalty(many_layers(200), reduction="product") == math.inf
    assert penalty(many_layers(200), reduction="log_sum") == pytest.approx(200 * math.log(2), rel=1e-5)


@pytest.mark.parametrize("reduction", ["product", "geometric_mean", "log_sum"])
def test_the_gradient_is_right(reduction):
    norms = torch.tensor([0.7, 1.3, 2.1], dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(lambda n: combined(list(n), reduction), norms)


@pytest.mark.parametrize("reduction", ["product", "geometric_mean", "log_sum"])
def test_weights_of_zero_are_no_end(reduction):
    norms = [torch.zeros((), requires_grad=True), torch.ones((), requires_grad=True)]

    cost = combined(norms, reduction)
    cost.backward()

    assert cost.isfinite()
    assert all(norm.grad.isfinite() for norm in norms)


def test_a_name_that_no_layer_has_is_refused():
    with pytest.raises(InvalidJob, match="no layer is named like 'nothing'"):
        penalty(layers=(LayerNorm(target="nothing"),))


def test_it_makes_the_product_smaller():
    def product(**regularizers):
        weights = train(a_trainer(**regularizers), epochs=5)
        return (weights["conv.weight"].norm() * weights["fc.weight"].norm()).item()

    strong = {"it": norm_product.NormProduct(NormProduct(strength=0.05))}
    assert product(regularizers=strong) < 0.8 * product()
