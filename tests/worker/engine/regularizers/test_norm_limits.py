"""Limits on norms: of each unit, and of what a layer does at most to its input."""

import pytest
import torch
from torch import nn

from core.spec import regularizers as specs
from tests.worker.engine.builders import FIRST, a_network, a_setting, a_trainer, train
from worker.engine import registry
from worker.engine.regularizers.max_norm import project
from worker.engine.regularizers.spectral_norm import SpectralNorm, gram, iterate, largest_eigenvalue

WEIGHTS = ("conv.weight", "fc.weight")
TOLERANCE = 1e-5  # of the limit, as promised


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def sigma(weight):
    return torch.linalg.matrix_norm(weight.flatten(1).double(), 2).item()


def test_a_unit_beyond_the_ball_is_drawn_to_its_surface_and_others_stay():
    weight = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])

    project(weight, 1.0)

    assert weight.tolist() == [pytest.approx([0.6, 0.8]), pytest.approx([0.3, 0.4]), [0.0, 0.0]]


def test_units_are_within_the_ball_before_the_first_step_and_after_the_last():
    network = a_network()
    limit = registry.regularizers((specs.MaxNorm(radius=0.4),))
    trainer = a_trainer(network, regularizers=limit, learning_rate=1.0)
    before = max(network.get_parameter(name).flatten(1).norm(dim=1).max().item() for name in WEIGHTS)

    weights = train(trainer, epochs=2)

    after = max(weights[name].flatten(1).double().norm(dim=1).max().item() for name in WEIGHTS)
    assert before <= 0.4 * (1 + TOLERANCE)
    assert 0.4 * (1 - TOLERANCE) <= after <= 0.4 * (1 + TOLERANCE)  # and it did bind


def repeated(matrix, times):
    """The bound after so many projections, which each turn the vector a little."""
    vector = drawn(len(matrix), seed=1).double()
    vector /= vector.norm()
    for _ in range(times):
        vector = iterate(matrix, vector)
    return largest_eigenvalue(matrix, vector).item()


def spectra():
    """Far apart, close together, all the same, one of them, none at all."""
    turn, _ = torch.linalg.qr(drawn(24, 24).double())
    for name, values in {
        "far apart": torch.logspace(0, -6, 24),
        "close together": torch.linspace(1.0, 0.99, 24),
        "all the same": torch.ones(24),
        "a pair on top": torch.tensor([1.0, 1.0 - 1e-7, *[0.5] * 22]),
        "one": torch.tensor([1.0, *[0.0] * 23]),
    }.items():
        yield pytest.param(turn @ torch.diag(values.double()) @ turn.T, id=name)


SPECTRA = list(spectra())


@pytest.mark.parametrize("matrix", SPECTRA)
@pytest.mark.parametrize("times", [1, 5, 500])
def test_the_bound_is_never_below_the_largest_eigenvalue(matrix, times):
    assert repeated(matrix, times) >= 1.0 - 1e-12


@pytest.mark.parametrize("matrix", SPECTRA)
def test_the_bound_comes_close_to_it(matrix):
    assert repeated(matrix, 500) <= 1 + 1e-3


def test_without_weights_there_is_nothing_to_limit():
    assert repeated(torch.zeros(4, 4, dtype=torch.float64), 3) == 0.0


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (6, 3, 3, 3), (8, 1, 3, 3), (1, 5)])
def test_a_layer_is_scaled_to_its_limit_before_the_first_step(shape):
    layer = nn.Linear(2, 2) if len(shape) == 2 else nn.Conv2d(1, 1, 1)
    layer.weight = nn.Parameter(drawn(*shape) * 3)
    before = layer.weight.detach().clone()
    limit = SpectralNorm(specs.SpectralNorm(limit=0.5))

    limit.attach(a_setting(nn.Sequential(layer)))
    for _ in range(60):
        limit.after_step(FIRST)

    assert sigma(layer.weight) == pytest.approx(0.5, rel=TOLERANCE)
    torch.testing.assert_close(layer.weight / layer.weight.norm(), before / before.norm())  # scaled, no more


@pytest.mark.parametrize("shape", [(256, 256), (10, 512), (64, 32, 3, 3)])
@pytest.mark.parametrize("slack", [1.0001, 1.01, 1.3])
def test_a_layer_within_the_limit_stays_as_it_is_to_the_bit(shape, slack):
    layer = nn.Conv2d(1, 1, 1)
    layer.weight = nn.Parameter(drawn(*shape) / 10)
    before = layer.weight.detach().clone()
    limit = SpectralNorm(specs.SpectralNorm(limit=slack * sigma(before)))

    limit.attach(a_setting(nn.Sequential(layer)))
    for _ in range(20):
        limit.after_step(FIRST)

    assert torch.equal(layer.weight, before)


@pytest.mark.parametrize("shape", [(256, 256), (64, 32, 3, 3)])
def test_weights_that_move_are_held_close_to_the_limit_and_never_beyond(shape):
    layer, generator = nn.Conv2d(1, 1, 1), torch.Generator().manual_seed(3)
    layer.weight = nn.Parameter(drawn(*shape) / 10)
    limit = SpectralNorm(specs.SpectralNorm(limit=0.5))
    limit.attach(a_setting(nn.Sequential(layer)))
    found = []

    for _ in range(30):
        with torch.no_grad():  # outwards, as training would, and aside
            moved = torch.randn(shape, generator=generator) * layer.weight.std() / 50
            layer.weight.mul_(1.01).add_(moved)
        limit.after_step(FIRST)
        found.append(sigma(layer.weight))

    assert max(found) <= 0.5 * (1 + TOLERANCE)
    assert min(found) > 0.5 * 0.98


def test_the_gram_matrix_is_the_smaller_one():
    assert gram(torch.ones(2, 5)).shape == gram(torch.ones(5, 2)).shape == (2, 2)


def test_after_every_step_the_limit_holds_and_binds():
    limit = registry.regularizers((specs.SpectralNorm(limit=0.7),))
    trainer = a_trainer(regularizers=limit, learning_rate=1.0)
    seen = []

    for _ in range(5):
        weights = train(trainer, epochs=1)
        seen.append([sigma(weights[name]) for name in WEIGHTS])

    assert all(value <= 0.7 * (1 + TOLERANCE) for values in seen for value in values)
    assert max(seen[-1]) > 0.7 * 0.999


def test_a_target_restricts_either():
    for kind in (specs.MaxNorm(radius=0.01, target="fc"), specs.SpectralNorm(limit=0.01, target="fc")):
        network = a_network()
        before = network.conv.weight.detach().clone()

        for limit in registry.regularizers((kind,)).values():
            limit.attach(a_setting(network))

        assert torch.equal(network.conv.weight, before)
        assert network.fc.weight.abs().max().item() <= 0.0101
