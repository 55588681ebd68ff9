"""A ReLU6 that holds less is the same function, with the same gradients."""

import pytest
import torch
from torch import nn

from worker.engine.models.pointwise import with_products
from worker.engine.models.relu6 import ReLU6

AT_THE_EDGES = [-1.0, -0.0, 0.0, 1e-30, 3.0, 5.9999995, 6.0, 6.0000005, 7.0, float("inf")]


@pytest.fixture
def layers():
    torch.manual_seed(0)
    activated = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU6()
    return nn.Sequential(*activated, nn.Conv2d(8, 2, 3))


def answered(relu6, values):
    maps = values.clone().requires_grad_()
    answers = relu6(maps)
    answers.backward(torch.arange(1.0, 1 + values.numel()).view_as(values))
    return answers.detach(), maps.grad


@pytest.mark.parametrize("values", [torch.tensor(AT_THE_EDGES), 4 * torch.randn(2, 3, 5, 5)])
def test_answers_and_gradients_are_those_of_torch(values):
    ours, theirs = answered(ReLU6(), values), answered(nn.ReLU6(), values)

    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))


def test_its_gradient_has_a_gradient():
    maps = torch.tensor([-1.0, 0.5, 5.0, 7.0], dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(ReLU6(), maps)
    assert torch.autograd.gradgradcheck(ReLU6(), maps)


def test_without_gradients_it_is_that_of_torch():
    assert torch.equal(ReLU6()(torch.tensor(AT_THE_EDGES)), nn.ReLU6()(torch.tensor(AT_THE_EDGES)))


def held(layers):
    """Places in memory of the maps of 8 channels that the backward pass needs."""
    found = set()

    def packed(tensor):
        if tensor.dim() == 4 and tensor.shape[:2] == (5, 8):
            found.add(tensor.data_ptr())
            kept.append(tensor)
        return tensor

    kept = []
    with torch.autograd.graph.saved_tensors_hooks(packed, lambda tensor: tensor):
        layers(torch.randn(5, 3, 9, 9))
    return len(found)


def test_one_map_less_is_held(layers):
    assert held(layers) == 3  # what the normalisation is given, what ReLU6 is given, what it answers

    assert held(with_products(layers)) == 2


def test_one_that_works_in_place_stays_as_it_is(layers):
    layers[2].inplace = True

    assert type(with_products(layers)[2]) is nn.ReLU6
