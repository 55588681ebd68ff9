"""A depthwise convolution on a small map is the same function, with the same gradients, of both orders."""

import pytest
import torch
from torch import nn

from worker.engine.models.depthwise import Depthwise
from worker.engine.models.mobilenet import MOBILENET_V2
from worker.engine.models.pointwise import with_products
from worker.engine.randomness import seeded

KERNELS = [(3, 1, 1), (3, 2, 1), (5, 1, 2), (5, 2, 2), (7, 1, 3), (3, 3, 2), (4, 1, 2)]


def both(kernel=3, stride=1, padding=1, bias=False, **options):
    changes = {"stride": stride, "padding": padding, "bias": bias, "groups": 6, **options}
    with seeded(0, "depthwise"):
        plain = nn.Conv2d(6, 6, kernel, **changes).double()
    ours = nn.Conv2d(6, 6, kernel, **changes).double()
    ours.load_state_dict(plain.state_dict())
    return plain, with_products(ours)


def some_maps(side, width=None):
    maps = torch.randn(3, 6, side, width or side, dtype=torch.float64)
    return maps.to(memory_format=torch.channels_last)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("side", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("kernel", KERNELS)
def test_answers_and_gradients_are_those_of_the_convolution(kernel, side, bias):
    maps, results = some_maps(side), []
    for layer in both(*kernel, bias=bias):
        images = maps.clone(memory_format=torch.preserve_format).requires_grad_()
        answers = layer(images)
        answers.square().sum().backward()
        results.append([answers, images.grad, *(parameter.grad for parameter in layer.parameters())])

    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("shape", [(1, 5), (5, 2)])
def test_a_map_may_be_small_on_one_side_only(shape):
    plain, ours = both()
    maps = some_maps(*shape)

    ours(maps).square().sum().backward()
    plain(maps).square().sum().backward()

    torch.testing.assert_close(ours.weight.grad, plain.weight.grad)


@pytest.mark.parametrize("stride", [1, 2])
def test_it_can_be_differentiated_twice(stride):
    _, layer = both(stride=stride)

    def answers(maps, weight):
        return torch.func.functional_call(layer, {"weight": weight}, (maps,))

    given = some_maps(2)[:1].requires_grad_(), layer.weight.detach().requires_grad_()
    assert torch.autograd.gradcheck(answers, given)
    assert torch.autograd.gradgradcheck(answers, given)


def test_what_is_frozen_gets_no_gradient():
    _, layer = both()
    layer.weight.requires_grad_(False)
    maps = some_maps(2).requires_grad_()

    layer(maps).sum().backward()

    assert layer.weight.grad is None
    assert maps.grad is not None


def test_the_answers_stay_channels_last():
    assert both()[1](some_maps(2)).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("changes", [{"groups": 3}, {"dilation": 2}, {"padding_mode": "circular"}])
def test_other_convolutions_are_left_alone(changes):
    assert type(both(**changes)[1]) is nn.Conv2d


def test_mobilenet_is_full_of_them():
    network = with_products(MOBILENET_V2.build(10, 1.0, "imagenet"))

    assert sum(isinstance(module, Depthwise) for module in network.modules()) == 17
