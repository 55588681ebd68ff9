import pytest
import torch

from core.errors import InvalidJob
from core.spec.regularizers import GradientClipping as Spec
from tests.worker.engine.builders import FIRST, a_network, a_setting, a_trainer, same_bits, train
from worker.engine.regularizers.gradient_clipping import GradientClipping, clip_norm, clip_values


def test_each_value_is_limited():
    gradient = torch.tensor([-3.0, -0.2, 0.0, 0.5, 7.0])

    clip_values([gradient], 0.5)

    assert gradient.tolist() == [-0.5, pytest.approx(-0.2), 0.0, 0.5, 0.5]


def test_the_norm_over_all_gradients_is_limited():
    gradients = [torch.tensor([3.0]), torch.tensor([0.0, 4.0])]  # norm 5

    clip_norm(gradients, 1.0)

    assert gradients[0].item() == pytest.approx(0.6)
    assert gradients[1].tolist() == [0.0, pytest.approx(0.8)]


@pytest.mark.parametrize("limit", [5.0, 5.1, 1e6])
def test_a_norm_within_the_limit_keeps_every_bit(limit):
    gradients = [torch.tensor([3.0]), torch.tensor([-0.0, 3.99])]

    clip_norm(gradients, limit)

    assert same_bits(
        {"a": gradients[0], "b": gradients[1]}, {"a": torch.tensor([3.0]), "b": torch.tensor([-0.0, 3.99])}
    )


def test_gradients_of_zero_stay_zero():
    gradient = torch.zeros(3)

    clip_norm([gradient], 1.0)

    assert gradient.tolist() == [0.0, 0.0, 0.0]


def gradients(**options):
    """Those of the small network after one moment, where all were 1."""
    network = a_network()
    clipping = GradientClipping(Spec(**options))
    clipping.attach(a_setting(network))
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    clipping.after_backward(FIRST)
    return {name: parameter.grad for name, parameter in network.named_parameters()}


def test_all_parameters_are_covered_normalisations_and_biases_too():
    assert {gradient.max().item() for gradient in gradients(max_abs=0.25).values()} == {0.25}


def test_the_norm_covers_all_parameters():
    limited = gradients(max_norm=0.5).values()

    assert torch.cat([gradient.flatten() for gradient in limited]).norm().item() == pytest.approx(0.5)


def test_a_target_restricts_it():
    limited = gradients(max_abs=0.25, target="fc")

    assert {name for name, gradient in limited.items() if gradient.max() < 1} == {"fc.weight", "fc.bias"}


def test_a_target_that_matches_nothing_is_refused():
    with pytest.raises(InvalidJob):
        gradients(max_abs=0.25, target="nothing")


@pytest.mark.parametrize("limit", [{"max_abs": 1e6}, {"max_norm": 1e6}])
def test_a_limit_that_never_binds_changes_no_bit(limit):
    clipping = {"clip": GradientClipping(Spec(**limit))}

    assert same_bits(train(a_trainer(regularizers=clipping), epochs=2), train(a_trainer(), epochs=2))


@pytest.mark.parametrize("limit", [{"max_abs": 1e-5}, {"max_norm": 1e-4}])
def test_a_small_limit_makes_small_steps(limit):
    before = a_network().state_dict()
    clipping = {"clip": GradientClipping(Spec(**limit))}

    after = train(a_trainer(regularizers=clipping), epochs=1)

    assert (after["fc.weight"] - before["fc.weight"]).abs().max().item() < 1e-4
