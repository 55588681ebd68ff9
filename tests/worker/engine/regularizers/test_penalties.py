"""L1 and L2: closed forms on a small network, gradients, and what they do to training."""

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck

from core.errors import InvalidJob
from core.spec import regularizers as specs
from core.spec.optimization import Optimization
from tests.worker.engine.builders import a_moment, a_network, a_setting, a_trainer, train
from worker.engine.optimization import optimizer
from worker.engine.regularizers.l1 import L1, absolute_sum
from worker.engine.regularizers.l2 import L2, squared_sum

MOMENT = a_moment(torch.zeros(1, 4))
BOTH = pytest.mark.parametrize(("kind", "spec"), [(L1, specs.L1), (L2, specs.L2)])


def two_layers() -> nn.Module:
    """Weights 1, −2, 3 and 0.5; biases and a normalisation that no penalty may count."""
    network = nn.Sequential(nn.Conv2d(1, 3, 1), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(1, 1))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([1.0, -2.0, 3.0]).view(3, 1, 1, 1))
        network[0].bias.fill_(100)
        network[1].weight.fill_(100)
        network[3].weight.fill_(0.5)
        network[3].bias.fill_(100)
    return network


def penalty(regularizer, network=None, training_images=50):
    regularizer.attach(a_setting(network or two_layers(), training_images=training_images))
    return regularizer.penalty(MOMENT)


def test_l1_sums_absolute_weights():
    assert penalty(L1(specs.L1(strength=0.1))).item() == pytest.approx(0.1 * 6.5)


def test_l2_sums_squared_weights():
    assert penalty(L2(specs.L2(strength=0.1))).item() == pytest.approx(0.1 * 14.25)


@BOTH
def test_per_sample_divides_by_twice_the_training_images(kind, spec):
    whole = penalty(kind(spec(strength=0.1)), training_images=50)

    assert penalty(kind(spec(strength=0.1, per_sample=True)), training_images=50).item() == pytest.approx(
        whole.item() / 100
    )


@BOTH
def test_a_target_restricts_it_to_the_layers_that_match(kind, spec):
    assert penalty(kind(spec(strength=1.0, target="3"))).item() == (0.5 if kind is L1 else 0.25)


@BOTH
def test_a_target_that_matches_nothing_is_refused(kind, spec):
    with pytest.raises(InvalidJob, match=r"no layer is named like 'features\.9'"):
        penalty(kind(spec(target="features.9")))


@pytest.mark.parametrize("total", [absolute_sum, squared_sum])
def test_the_gradient_is_right(total):
    weights = [torch.tensor([[0.3, -1.2]], dtype=torch.float64), torch.tensor([0.7], dtype=torch.float64)]

    assert gradcheck(lambda *w: total(w), [w.requires_grad_() for w in weights])


def test_l1_pulls_a_zero_weight_nowhere():
    weight = torch.zeros(3, requires_grad=True)

    absolute_sum([weight]).backward()

    assert torch.equal(weight.grad, torch.zeros(3))


@BOTH
def test_the_batch_does_not_matter(kind, spec):
    regularizer = kind(spec(strength=0.1))
    regularizer.attach(a_setting(two_layers()))

    assert regularizer.penalty(a_moment(torch.ones(1, 4))) == regularizer.penalty(a_moment(torch.ones(8, 4)))


@pytest.mark.parametrize(
    ("regularizer", "norm"), [(L1(specs.L1(strength=0.01)), 1), (L2(specs.L2(strength=0.05)), 2)]
)
def test_it_makes_trained_weights_smaller(regularizer, norm):
    def size(trainer):
        weights = train(trainer, epochs=5)
        return sum(weights[name].norm(norm).item() for name in ("conv.weight", "fc.weight"))

    assert size(a_trainer(regularizers={"it": regularizer})) < 0.9 * size(a_trainer())


def test_an_sgd_decay_of_twice_the_strength_is_the_same_training():
    penalised = train(a_trainer(regularizers={"l2": L2(specs.L2(strength=0.01))}), epochs=2)

    decayed = train(a_trainer(weight_decay=0.02), epochs=2)

    for name, weight in decayed.items():
        torch.testing.assert_close(penalised[name], weight, rtol=1e-4, atol=1e-6)


def test_the_optimizers_decay_spares_biases_and_normalisations():
    network = a_network()

    groups = optimizer(network, Optimization(weight_decay=0.02)).param_groups

    assert [group["weight_decay"] for group in groups] == [0.02, 0.0]
    assert {id(p) for p in groups[0]["params"]} == {id(network.conv.weight), id(network.fc.weight)}
