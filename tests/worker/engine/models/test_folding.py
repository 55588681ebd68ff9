"""The folded teacher is the same function with fewer operations."""

import pytest
import torch
from torch import nn

from tests.worker.engine.builders import a_network
from tests.worker.engine.models.networks import EACH_BUILT
from worker.engine.models.families import ARCHITECTURES
from worker.engine.models.folding import folded
from worker.engine.models.mobilenet import MOBILENET_V2
from worker.engine.models.resnet import RESNET18


def lived(network):
    """Normalisations as after some training: means, variances, gains and shifts of their own."""
    random = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values, low, high in (
                (module.running_mean, -0.5, 0.5),
                (module.running_var, 0.5, 2.0),
                (module.weight.data, 0.5, 1.5),
                (module.bias.data, -0.5, 0.5),
            ):
                values.uniform_(low, high, generator=random)
    return network.eval()


@torch.no_grad()
@EACH_BUILT
def test_it_gives_the_same_answers(name):
    network = lived(ARCHITECTURES[name].build(10, 1.0, "small").double())
    images = torch.randn(2, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(1))

    answers = folded(network)(images)

    torch.testing.assert_close(answers, network(images), rtol=1e-9, atol=1e-9)


@torch.no_grad()
def test_a_convolution_with_a_bias_is_folded_too():
    network = lived(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True)))
    images = torch.randn(2, 3, 5, 5)

    torch.testing.assert_close(folded(network)(images), network(images))


@pytest.mark.parametrize("architecture", [RESNET18, MOBILENET_V2])
def test_no_normalisation_is_left(architecture):
    network = folded(architecture.build(10, 1.0, "imagenet"))

    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def test_a_normalisation_before_an_activation_stays():
    """Those of DenseNet, but for one in each layer."""
    network = ARCHITECTURES["densenet121"].build(10, 1.0, "imagenet")

    left = [name for name, module in folded(network).named_modules() if isinstance(module, nn.BatchNorm2d)]

    assert "features.denseblock1.denselayer1.norm1" in left
    assert "features.denseblock1.denselayer1.norm2" not in left


def test_the_network_itself_stays_as_it_was():
    network = lived(RESNET18.build(10, 1.0, "imagenet"))
    before = {name: value.clone() for name, value in network.state_dict().items()}

    folded(network)

    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert any(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def test_it_is_in_evaluation_mode_even_if_the_network_was_not():
    assert not any(module.training for module in folded(a_network().train()).modules())


class Shared(nn.Module):
    """A convolution whose value is also read before normalisation."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, images):
        raw = self.conv(images)
        return self.norm(raw) + raw


@torch.no_grad()
def test_a_value_that_someone_else_reads_is_not_folded_away():
    network = lived(Shared())
    images = torch.randn(2, 3, 4, 4)

    torch.testing.assert_close(folded(network)(images), network(images))
