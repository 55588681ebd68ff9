"""Sizes that are found by trying on nothing are those of real images."""

import pytest
import torch

from worker.engine.models.families import ARCHITECTURES
from worker.engine.models.sides import Sides

# ResNets round every halving up, VGG rounds down; the network and the stem, and what is found.
FOUND = pytest.mark.parametrize(
    ("name", "strides", "single", "smallest"),
    [("resnet18", [4, 8, 16, 32], [4, 8, 16, 32], 1), ("vgg11_bn", [1, 2, 4, 16], [1, 3, 7, 31], 32)],
)


@FOUND
def test_what_is_found(name, strides, single, smallest):
    sides = Sides(ARCHITECTURES[name], "imagenet")

    assert (sides.strides(), sides.single_up_to(), sides.smallest()) == (strides, single, smallest)


@torch.no_grad()
def test_the_last_map_of_a_real_network_is_single_up_to_the_side_that_was_found():
    network, seen = ARCHITECTURES["resnet18"].build(10, 1.0, "imagenet").eval(), []
    network.layer4.register_forward_hook(lambda _module, _inputs, maps: seen.append(maps.shape[2]))

    network(torch.zeros(1, 3, 32, 32))
    network(torch.zeros(1, 3, 33, 33))

    assert seen == [1, 2]


@torch.no_grad()
def test_a_real_network_sees_nothing_smaller_than_was_found():
    network = ARCHITECTURES["densenet121"].build(10, 1.0, "small").eval()

    assert Sides(ARCHITECTURES["densenet121"], "small").smallest() == 8
    assert network(torch.zeros(1, 3, 8, 8)).shape == (1, 10)
    with pytest.raises(RuntimeError):
        network(torch.zeros(1, 3, 7, 7))
