import pytest
import torch
from torch import nn

from core.spec.models import Student
from tests.worker.engine.builders import a_network
from worker.engine import registry
from worker.engine.measures.cost import macs, parameters, weights
from worker.engine.models.pointwise import with_products


def test_multiplications_by_hand():
    """3 × 3 over 3 channels at 4 × 4 places for 8 channels; then 32 values for 4 classes."""
    assert macs(a_network(), torch.zeros(5, 3, 8, 8)) == 3 * 3 * 3 * 16 * 8 + 32 * 4


def test_weights_are_looked_at_without_biases():
    layer = nn.Linear(2, 2)
    layer.load_state_dict(
        {"weight": torch.tensor([[0.5, 0.0], [-3.0, 0.0]]), "bias": torch.tensor([9.0, 0.0])}
    )

    assert weights(layer) == {"largest": 3.0, "zeros": 0.5}


def test_a_grouped_convolution_reads_its_own_channels_only():
    assert macs(nn.Conv2d(8, 8, 3, padding=1, groups=8), torch.zeros(1, 8, 6, 6)) == 3 * 3 * 36 * 8


@pytest.mark.parametrize(("architecture", "published"), [("resnet18", 1.814e9), ("mobilenet_v2", 0.301e9)])
def test_known_networks_cost_what_torchvision_says(architecture, published):
    network = registry.network(Student(architecture=architecture, stem="imagenet"), 3, 1000, 0, "student")

    assert macs(network, torch.zeros(1, 3, 224, 224)) == pytest.approx(published, rel=2e-3)


def test_how_a_product_is_computed_changes_nothing():
    network = registry.network(Student(width=0.25, stem="small"), 3, 10, 0, "student")
    image = torch.zeros(1, 3, 32, 32)

    before = macs(network, image)

    assert macs(with_products(network), image) == before


def test_the_network_itself_stays_as_it_is():
    network = a_network().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}

    macs(network, torch.zeros(1, 3, 8, 8))

    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_parameters_are_counted_and_statistics_are_not():
    assert parameters(a_network()) == (3 * 9 * 8 + 8) + 2 * 8 + (32 * 4 + 4)
