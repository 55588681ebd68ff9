"""Networks without memory behind them have the names and shapes of those with."""

import pytest
import torch
from torch import nn

from worker.engine.models.families import ARCHITECTURES
from worker.engine.models.outline import weightless


@pytest.mark.parametrize("name", ["resnet18", "regnet_y_400mf"])
def test_it_is_the_network_without_its_numbers(name):
    with weightless():
        outline = ARCHITECTURES[name].build(10, 1.0, "small")

    real = ARCHITECTURES[name].build(10, 1.0, "small")
    assert all(parameter.is_meta for parameter in outline.parameters())
    assert {key: value.shape for key, value in outline.state_dict().items()} == {
        key: value.shape for key, value in real.state_dict().items()
    }


def test_it_draws_no_random_number():
    before = torch.get_rng_state()

    with weightless():
        nn.Linear(100, 100)

    assert torch.equal(torch.get_rng_state(), before)


def test_what_a_builder_reckons_with_has_its_numbers():
    with weightless():
        assert (torch.arange(3) * 2).tolist() == [0, 2, 4]


def test_afterwards_everything_is_as_before():
    with weightless():
        pass

    assert not nn.Linear(2, 2).weight.is_meta
