"""L + strength · Σ ε_i ∂L/∂θ_i: against finite differences, and both modes against each other."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from core.spec import regularizers as specs
from tests.worker.engine.builders import a_batch, a_network, a_setting, a_trainer, at, same_bits, train
from worker.engine import registry
from worker.engine.regularizers.gradient_noise import GradientNoise, directional_derivative, moved
from worker.engine.trainer import OBJECTIVE

MODES = pytest.mark.parametrize("mode", ["exact", "perturb"])


def test_the_derivative_is_that_of_finite_differences_and_so_is_its_gradient():
    theta = torch.tensor([0.3, -0.7, 1.1], dtype=torch.float64)
    epsilon = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)

    def loss(t):
        return t.sin().prod() + (t**4).sum()

    def derivative(t):
        return directional_derivative(loss(t), [t], [epsilon])

    step = 1e-6
    expected = (loss(theta + step * epsilon) - loss(theta - step * epsilon)) / (2 * step)
    assert derivative(theta.clone().requires_grad_()).item() == pytest.approx(expected.item(), rel=1e-8)
    assert torch.autograd.gradcheck(derivative, theta.clone().requires_grad_())


def test_of_a_square_it_is_known_in_closed_form():
    """L = ½ Σ a θ²: the term is Σ ε a θ, its gradient ε a."""
    a, epsilon = torch.tensor([2.0, 3.0]), torch.tensor([0.5, -1.0])
    theta = torch.tensor([1.0, -1.0], requires_grad=True)

    term = directional_derivative((a * theta.square()).sum() / 2, [theta], [epsilon])
    term.backward()

    assert term.item() == pytest.approx((epsilon * a * theta).sum().item())
    assert torch.equal(theta.grad, epsilon * a)


def test_inside_the_layers_compute_elsewhere_and_gradients_arrive_here():
    layer, offset = nn.Linear(2, 1, bias=False), torch.tensor([[10.0, 20.0]])
    before = layer.weight.detach().clone()
    weight = layer.weight

    with moved([layer], {weight: offset}):
        answer = layer(torch.tensor([[1.0, 1.0]]))
        answer.sum().backward()

    assert answer.item() == pytest.approx((before + offset).sum().item())
    assert layer.weight is weight
    assert torch.equal(weight, before)
    assert torch.equal(weight.grad, torch.ones(1, 2))


def test_whatever_happens_inside_the_layers_get_their_own_weights_back():
    layer = nn.Linear(2, 1)
    weight = layer.weight

    with pytest.raises(ZeroDivisionError), moved([layer], {weight: torch.ones(1, 2)}):
        raise ZeroDivisionError

    assert layer.weight is weight


def gradients(*regularizers, activation=nn.Tanh):
    """Of one step of a network with dropout, in double precision."""
    network, batch = a_network().double(), a_batch()
    network.relu = activation()
    chosen = registry.regularizers((specs.Dropout(rate=0.3), *regularizers))
    trainer = a_trainer(network, regularizers=chosen)
    trainer.step(replace(batch, images=batch.images.double()))
    return torch.cat([parameter.grad.flatten() for parameter in network.parameters()])


def disagreement(strength, activation):
    """Of both modes, as a share of what the noise adds to the gradient."""
    exact, perturbed = (
        gradients(specs.GradientNoise(strength=strength, mode=mode), activation=activation)
        for mode in ("exact", "perturb")
    )
    added = exact - gradients(activation=activation)
    return ((exact - perturbed).norm() / added.norm()).item()


def test_both_modes_agree_the_better_the_weaker_they_are():
    """To first order: a tenth of the strength, a tenth of the difference."""
    left = [disagreement(strength, nn.Tanh) for strength in (1e-2, 1e-3, 1e-4)]

    assert left[0] < 0.2
    assert left[1] == pytest.approx(left[0] / 10, rel=0.1)
    assert left[2] == pytest.approx(left[1] / 10, rel=0.1)


def test_with_kinks_they_agree_once_no_unit_is_moved_across_one():
    """`exact` does not see that a unit may be switched on; `perturb` does."""
    assert disagreement(1e-4, nn.ReLU) < 0.01


@MODES
def test_penalties_have_no_part_in_it(mode):
    """What a penalty adds to the gradient is the same with the noise as without: it is taken at θ."""
    noise = specs.GradientNoise(strength=0.1, mode=mode)

    added = gradients(specs.L2(strength=0.5), noise) - gradients(noise)
    alone = gradients(specs.L2(strength=0.5)) - gradients()

    torch.testing.assert_close(added, alone, rtol=1e-9, atol=1e-12)


def astray(noise):
    """How far a penalty that reads activations is led by the noise, as a share of what it adds."""
    weighed = specs.ActivationWeight(strength=0.5)
    alone = gradients(weighed) - gradients()
    return ((gradients(weighed, noise) - gradients(noise) - alone).norm() / alone.norm()).item()


def test_a_penalty_on_activations_reads_those_of_the_one_pass():
    """With `exact` at θ; with `perturb` the nearer the weaker: a tenth of it, a tenth of that."""
    left = [astray(specs.GradientNoise(strength=strength)) for strength in (1e-2, 1e-3)]

    assert left[0] < 0.2
    assert left[1] == pytest.approx(left[0] / 10, rel=0.1)
    assert astray(specs.GradientNoise(strength=1e-2, mode="exact")) < 1e-6


def test_and_weighs_the_weights_themselves_wherever_layers_compute():
    network = a_network()
    (weighed,) = registry.regularizers((specs.ActivationWeight(),)).values()
    weighed.attach(a_setting(network))
    (fold,) = weighed.folded
    before = fold()

    far = {parameter: torch.full_like(parameter, 100) for parameter in network.parameters()}
    with moved([network.conv, network.norm], far):
        assert torch.equal(fold(), before)


@MODES
def test_statistics_are_updated_once_and_weights_are_where_they_were(mode):
    network, batch = a_network(), a_batch()
    noise = {"noise": GradientNoise(specs.GradientNoise(mode=mode))}
    seen = []

    class Witness(registry.Regularizer):
        def after_backward(self, time):
            seen.append({name: value.clone() for name, value in network.state_dict().items()})

    a_trainer(network, regularizers={**noise, "witness": Witness()}).step(batch)

    before = a_network()
    before.train()(batch.images)
    weights = {name for name, _ in network.named_parameters()}
    assert network.norm.num_batches_tracked.item() == 1
    assert all(torch.equal(seen[0][name], before.state_dict()[name]) for name in weights)


def test_exact_sees_the_statistics_of_a_plain_step():
    noise = {"noise": GradientNoise(specs.GradientNoise(mode="exact", strength=1e-9))}
    noised, plain = a_network(), a_network()

    a_trainer(noised, regularizers=noise).step(a_batch())
    a_trainer(plain).step(a_batch())

    assert torch.equal(noised.norm.running_mean, plain.norm.running_mean)
    assert torch.equal(noised.norm.running_var, plain.norm.running_var)


def test_exact_is_logged_under_its_name_and_counts():
    trainer = a_trainer(regularizers=registry.regularizers((specs.GradientNoise(mode="exact"),)))

    trainer.step(a_batch())

    means = trainer.tally.read().values
    assert means[OBJECTIVE] == pytest.approx(means["label"] + means["gradient_noise"])
    assert means["gradient_noise"] != 0


@MODES
def test_a_target_restricts_it(mode):
    noise = GradientNoise(specs.GradientNoise(mode=mode, target="fc"))
    network = a_network()

    noise.attach(a_setting(network))

    assert {id(p) for p in noise.noised} == {id(p) for p in network.fc.parameters()}


def test_directions_are_fresh_at_every_step_and_the_same_when_repeated():
    noise = GradientNoise(specs.GradientNoise())
    noise.attach(a_setting(a_network()))

    first, second, again = (noise._directions(at(step))[0] for step in (0, 1, 0))

    assert torch.equal(first, again)
    assert not torch.equal(first, second)


@MODES
def test_a_training_with_it_learns_and_can_be_repeated(mode):
    def run(epochs):
        noise = registry.regularizers((specs.GradientNoise(strength=0.01, mode=mode),))
        trainer = a_trainer(regularizers=noise)
        return train(trainer, epochs), trainer.tally.read().values["label"]

    weights, _ = run(2)
    again, early = run(2)
    _, late = run(10)

    assert same_bits(weights, again)
    assert late < 0.7 * early
