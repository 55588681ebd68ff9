"""Variational information distillation, held against the density of torch and by loops."""

import math

import pytest
import torch
from torch.distributions import Normal

from core.spec.feature_terms import Variational as Spec
from tests.worker.engine.methods.hearing import STUDENT, TEACHER, a_moment_of, attached, random
from worker.engine.methods.variational import variational_loss


def by_hand(predicted, teacher, variance):
    """Mean of ½ [(F_t − μ)² / σ² + log σ²], one number at a time."""
    total, count = 0.0, 0
    for image in range(len(teacher)):
        for channel, of_channel in enumerate(variance):
            for mean, value in zip(
                predicted[image][channel].ravel(), teacher[image][channel].ravel(), strict=True
            ):
                total += 0.5 * ((value - mean) ** 2 / of_channel + math.log(of_channel))
                count += 1
    return total / count


def test_it_is_the_formula():
    predicted, teacher = random(0, 2, 3, 4, 4), random(1, 2, 3, 4, 4)

    loss = variational_loss(predicted, teacher, torch.tensor([0.5, 1.0, 4.0]))

    assert loss.item() == pytest.approx(
        by_hand(predicted.numpy(), teacher.numpy(), [0.5, 1.0, 4.0]), rel=1e-5
    )


def test_it_is_the_density_of_a_normal_distribution_but_for_a_constant():
    predicted, teacher = random(0, 2, 3, 4, 4), random(1, 2, 3, 4, 4)
    variance = torch.tensor([0.5, 1.0, 4.0])

    loss = variational_loss(predicted, teacher, variance)

    density = Normal(predicted, variance.sqrt()[:, None, None]).log_prob(teacher).mean()
    assert loss.item() == pytest.approx(-density.item() - 0.5 * math.log(2 * math.pi), rel=1e-5)


def test_a_prediction_that_is_right_leaves_the_variances():
    maps = random(0, 2, 3, 4, 4)

    loss = variational_loss(maps, maps, torch.full((3,), 5.0))

    assert loss.item() == pytest.approx(0.5 * math.log(5))


def test_the_term_is_the_sum_over_its_stages():
    term = attached(Spec(stages=(1, 3)))

    expected = 0.0
    for stage in (1, 3):
        ours, weights = (
            STUDENT.stages[stage],
            [m.weight[:, :, 0, 0] for m in term.predictions[str(stage)].mean[::2]],
        )
        for number, weight in enumerate(weights):
            ours = torch.einsum("oc,nchw->nohw", weight, ours if number == 0 else ours.relu())
        expected += by_hand(ours.detach().numpy(), TEACHER.stages[stage].numpy(), [5.0] * len(weights[-1]))
    assert term(a_moment_of()).item() == pytest.approx(expected, rel=1e-4)


def test_the_mean_variance_of_each_stage_is_told():
    term = attached(Spec(stages=(1, 3), initial_variance=2.0))
    term.predictions["3"].rho.data[0] = 100.0  # where softplus is the identity

    told = {name: value.item() for name, value in term.measures().items()}

    channels = len(term.predictions["3"].rho)
    mean = (100.0 + 2.0 * (channels - 1)) / channels
    assert told == pytest.approx({"stage1/mean_variance": 2.0, "stage3/mean_variance": mean}, rel=1e-4)


@pytest.mark.parametrize("variance", [0.01, 5.0, 1e4])
def test_variances_begin_where_they_are_told_to(variance):
    term = attached(Spec(stages=(2,), initial_variance=variance))

    torch.testing.assert_close(term.predictions["2"].variance, torch.full((6,), variance), rtol=1e-4, atol=0)


def test_variances_learn_how_far_the_prediction_is_off():
    """With μ held, the best σ² of a channel is its mean squared error."""
    term = attached(Spec(stages=(2,)))
    prediction = term.predictions["2"]
    optimizer = torch.optim.Adam([prediction.rho], lr=0.2)

    for _ in range(100):
        optimizer.zero_grad()
        term(a_moment_of()).backward()
        optimizer.step()

    errors = (prediction.mean(STUDENT.stages[2]) - TEACHER.stages[2]).square().mean(dim=(0, 2, 3))
    torch.testing.assert_close(prediction.variance, errors, rtol=0.05, atol=0)
