"""Which layer an activation follows, in networks of every manner."""

import pytest
import torch
from torch import nn
from torchvision.models import get_model

from worker.engine.models.outline import weightless
from worker.engine.models.pointwise import with_products
from worker.engine.models.wiring import fed_activations


def fed(network):
    return {one.name: one for one in fed_activations(network)}


def of_torchvision(name, **arguments):
    with weightless():
        return get_model(name, **arguments)


def test_an_activation_follows_its_layer_or_the_normalisation_of_it():
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(),
        nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2),
    )  # fmt: skip

    found = fed(network)

    assert list(found) == ["0", "4"]  # nothing follows the last layer
    assert (found["0"].normalization, found["0"].activation) == (network[1], network[2])
    assert (found["4"].normalization, found["4"].activation) == (None, network[5])


def test_a_shared_activation_is_told_by_its_calls():
    network = of_torchvision("resnet18")

    found = fed(network)

    block = network.layer1[0]
    assert found["layer1.0.conv1"].activation is found["layer1.0.conv2"].activation is block.relu
    assert [found[f"layer1.0.conv{number}"].call for number in (1, 2)] == [0, 1]


def test_behind_an_addition_the_main_branch_counts_and_no_shortcut():
    found = fed(of_torchvision("resnet18"))

    assert found["layer2.0.conv2"].normalization is not None
    assert not [name for name in found if "downsample" in name]
    assert len(found) == 17  # all but three shortcuts and the classifier


@pytest.mark.parametrize(
    ("name", "count", "some"),
    [
        ("mobilenet_v2", 35, "features.2.conv.1.0"),
        ("mobilenet_v3_small", 42, "features.4.block.2.fc1"),
        ("shufflenet_v2_x0_5", 37, "stage2.0.branch2.5"),
        ("efficientnet_b0", 65, "features.2.0.block.1.0"),
        ("regnet_y_400mf", 81, "trunk_output.block1.block1-0.f.c.0"),
        ("convnext_tiny", 18, "features.1.0.block.3"),
        ("vgg11_bn", 10, "classifier.3"),
    ],
)
def test_every_manner_of_network_is_understood(name, count, some):
    found = fed(of_torchvision(name))

    assert len(found) == count
    assert some in found


def test_layers_that_choose_their_path_by_shapes_are_not_looked_into():
    network = of_torchvision("shufflenet_v2_x0_5")
    names = fed(network).keys()

    assert fed(with_products(network)).keys() == names


def test_hooks_that_act_in_training_are_not_heard_and_the_mode_stays():
    network = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 2)))
    network.train()[1].register_forward_hook(
        lambda module, _, output: pytest.fail("heard") if module.training else output
    )

    assert list(fed(network)) == ["0"]
    assert network.training
    assert network[1].training


def test_what_several_layers_put_together_has_no_one_layer():
    class Joined(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.other, self.relu = nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU()

        def forward(self, inputs):
            return self.relu(torch.cat([self.one(inputs), self.other(inputs)], dim=1))

    assert fed(Joined()) == {}
