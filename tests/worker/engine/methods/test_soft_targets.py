"""Soft targets, held against the formula, against torch, and against the mistakes of others."""

import math

import pytest
import torch
import torch.nn.functional as F
from jaxtyping import TypeCheckError
from torch.autograd import gradcheck

from core.spec.logit_terms import SoftTargets as Spec
from tests.worker.engine.builders import a_moment
from worker.engine.methods.soft_targets import SoftTargets, soft_target_loss

TEMPERATURES = [0.5, 1.0, 4.0, 20.0]


def logits(seed: int, batch: int = 8, classes: int = 10) -> torch.Tensor:
    return torch.randn(batch, classes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_identical_logits_cost_nothing():
    assert soft_target_loss(logits(0), logits(0), temperature=4.0) == pytest.approx(0.0, abs=1e-12)


def test_two_classes_by_hand():
    student, teacher = torch.tensor([[0.0, 0.0]]), torch.tensor([[2 * math.log(3), 0.0]])  # p_t(2) = 3/4, 1/4

    loss = soft_target_loss(student, teacher, temperature=2.0)

    by_hand = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert loss.item() == pytest.approx(4 * by_hand, rel=1e-6)


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_it_is_the_divergence_that_torch_computes(temperature):
    student, teacher = logits(0), logits(1)

    loss = soft_target_loss(student, teacher, temperature)

    log_q, p = F.log_softmax(student / temperature, dim=1), F.softmax(teacher / temperature, dim=1)
    assert loss.item() == pytest.approx(temperature**2 * F.kl_div(log_q, p, reduction="batchmean").item())


def test_the_mean_is_over_the_batch_and_not_over_classes():
    student, teacher = logits(0, classes=10), logits(1, classes=10)
    impossible = torch.full((8, 90), -1e4, dtype=torch.float64)  # ninety more classes that nobody believes in

    loss = soft_target_loss(torch.cat([student, impossible], 1), torch.cat([teacher, impossible], 1), 1.0)

    assert loss.item() == pytest.approx(soft_target_loss(student, teacher, 1.0).item())


def test_duplicating_the_batch_changes_nothing():
    student, teacher = logits(0), logits(1)

    doubled = soft_target_loss(student.repeat(2, 1), teacher.repeat(2, 1), 4.0)

    assert doubled.item() == pytest.approx(soft_target_loss(student, teacher, 4.0).item())


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_its_gradient_is_right(temperature):
    student = logits(0).requires_grad_()

    assert gradcheck(lambda z: soft_target_loss(z, logits(1), temperature), student)


def test_no_gradient_flows_to_the_teacher():
    student, teacher = logits(0).requires_grad_(), logits(1).requires_grad_()

    soft_target_loss(student, teacher, 4.0).backward()

    assert teacher.grad is None


def test_the_gradient_keeps_its_size_as_the_temperature_rises():
    sizes = []
    for temperature in (1.0, 4.0, 16.0):
        student = (0.1 * logits(0)).requires_grad_()
        soft_target_loss(student, 0.1 * logits(1), temperature).backward()
        sizes.append(student.grad.norm().item())

    assert max(sizes) / min(sizes) < 1.05


def test_a_huge_temperature_is_stable_and_becomes_half_the_squared_difference():
    """T² · KL → ½ · variance of (z_s − z_t) over the classes; Hinton et al. 2015, equation 4, integrated."""
    student, teacher = logits(0).float(), logits(1).float()

    loss = soft_target_loss(student, teacher, temperature=100.0)

    difference = student - teacher
    assert loss.item() == pytest.approx(0.5 * difference.var(dim=1, unbiased=False).mean().item(), rel=2e-2)


def test_extreme_logits_stay_finite():
    student = torch.tensor([[1e4, -1e4, 0.0]], requires_grad=True)

    loss = soft_target_loss(student, torch.tensor([[-1e4, 1e4, 0.0]]), 1.0)
    loss.backward()

    assert loss.isfinite()
    assert student.grad.isfinite().all()


def test_descending_it_brings_the_student_to_the_teacher():
    student, teacher = logits(0).requires_grad_(), logits(1)
    before = soft_target_loss(student, teacher, 4.0)

    before.backward()

    assert soft_target_loss(student.detach() - student.grad, teacher, 4.0) < before


def test_another_number_of_classes_is_refused():
    with pytest.raises(TypeCheckError):
        soft_target_loss(logits(0, classes=10), logits(1, classes=11), 4.0)


def test_the_term_takes_its_temperature_from_the_spec():
    moment = a_moment(logits(0), logits(1))

    loss = SoftTargets(Spec(temperature=2.0))(moment)

    assert loss.item() == soft_target_loss(logits(0), logits(1), 2.0).item()
