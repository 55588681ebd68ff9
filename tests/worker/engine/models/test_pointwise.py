"""A 1 × 1 convolution as a matrix product is the same function, with the same gradients."""

import pytest
import torch
from torch import nn

from worker.engine.models.layers import weight_layers
from worker.engine.models.mobilenet import MOBILENET_V2
from worker.engine.models.pointwise import Pointwise, with_products
from worker.engine.models.resnet import RESNET18
from worker.engine.randomness import seeded


def both(bias=True, **options):
    with seeded(0, "pointwise"):
        plain = nn.Conv2d(6, 10, 1, bias=bias, **options)
    product = nn.Conv2d(6, 10, 1, bias=bias, **options)
    product.load_state_dict(plain.state_dict())
    return plain, with_products(product)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("side", [1, 2, 4, 5])
def test_answers_and_gradients_are_those_of_the_convolution(side, bias):
    maps = torch.randn(3, 6, side, side).to(memory_format=torch.channels_last)
    results = []
    for layer in both(bias):
        images = maps.clone(memory_format=torch.preserve_format).requires_grad_()
        answers = layer(images)
        answers.square().sum().backward()
        results.append([answers, images.grad, *(parameter.grad for parameter in layer.parameters())])

    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_the_answers_stay_channels_last():
    _, product = both()

    answers = product(torch.randn(3, 6, 4, 4).to(memory_format=torch.channels_last))

    assert answers.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("options", [{"stride": 2}, {"padding": 1}, {"groups": 2}])
def test_other_convolutions_are_left_alone(options):
    _, layer = both(**options)

    assert type(layer) is nn.Conv2d


@pytest.mark.parametrize("architecture", [RESNET18, MOBILENET_V2])
def test_a_network_keeps_its_weights_its_names_and_its_answers(architecture):
    network = architecture.build(10, 1.0, "imagenet").eval()
    images = torch.randn(2, 3, 32, 32)
    before, names, layers = network(images), list(network.state_dict()), list(weight_layers(network))

    with_products(network)

    assert list(network.state_dict()) == names
    assert list(weight_layers(network)) == layers
    torch.testing.assert_close(network(images), before, rtol=1e-3, atol=1e-4)


def test_mobilenet_is_full_of_them():
    network = with_products(MOBILENET_V2.build(10, 1.0, "imagenet"))

    assert sum(isinstance(module, Pointwise) for module in network.modules()) == 34
