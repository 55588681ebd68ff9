import pytest
import torch

from core.spec.regularizers import WeightClipping as Spec
from tests.worker.engine.builders import a_network, a_setting, a_trainer, same_bits, train
from worker.engine.regularizers.weight_clipping import WeightClipping, float32_limit

WEIGHTS = ("conv.weight", "fc.weight")


def clipping(**options):
    return {"clip": WeightClipping(Spec(**options))}


def test_weights_are_within_the_limit_before_the_first_step():
    network = a_network()

    WeightClipping(Spec(max_abs=0.05)).attach(a_setting(network))

    assert max(network.get_parameter(name).abs().max().item() for name in WEIGHTS) <= 0.05


def test_weights_are_within_the_limit_after_every_step():
    trainer = a_trainer(regularizers=clipping(max_abs=0.1), learning_rate=1.0)

    weights = train(trainer, epochs=3)

    assert max(weights[name].abs().max().item() for name in WEIGHTS) <= 0.1  # compared in float64
    assert weights["fc.weight"].abs().max().item() == pytest.approx(0.1)  # and the limit did bind


def test_inner_weights_are_left_as_they_are():
    network = a_network()
    before = network.fc.weight.detach().clone()

    WeightClipping(Spec(max_abs=0.1)).attach(a_setting(network))

    inner = before.abs() <= 0.1
    assert inner.any()
    assert torch.equal(network.fc.weight[inner], before[inner])


@pytest.mark.parametrize(("include_bias", "limited"), [(False, False), (True, True)])
def test_biases_are_limited_only_when_asked(include_bias, limited):
    network = a_network()
    with torch.no_grad():
        network.fc.bias.fill_(3)
        network.norm.bias.fill_(3)

    WeightClipping(Spec(max_abs=0.1, include_bias=include_bias)).attach(a_setting(network))

    assert (network.fc.bias.max().item() <= 0.1) is limited
    assert network.norm.bias.max().item() == 3


def test_a_target_restricts_it():
    network = a_network()
    before = network.conv.weight.detach().clone()

    WeightClipping(Spec(max_abs=0.01, target="f*")).attach(a_setting(network))

    assert network.fc.weight.abs().max().item() <= 0.01
    assert torch.equal(network.conv.weight, before)


def test_a_limit_that_never_binds_changes_no_bit():
    assert same_bits(
        train(a_trainer(regularizers=clipping(max_abs=1e6)), epochs=2), train(a_trainer(), epochs=2)
    )


@pytest.mark.parametrize("limit", [0.1, 0.3, 0.7, 1.0, 0.5, 1e-3, 1e6])
def test_the_limit_in_float32_is_never_above_the_one_that_was_asked_for(limit):
    assert limit * (1 - 1e-6) < float32_limit(limit) <= limit
