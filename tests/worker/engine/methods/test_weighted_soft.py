"""WSLD, held against the paper's formula."""

import math

import pytest
import torch

from core.spec.logit_terms import WeightedSoft as Spec
from tests.worker.engine.builders import a_moment
from tests.worker.engine.methods.by_hand import (
    LABELS,
    STUDENT,
    TEACHER,
    cross_entropy,
    images,
    mean,
    softmax,
)
from worker.engine.methods.weighted_soft import WeightedSoft, need, weighted_soft_loss


def as_they_are(z):
    return z


def zscore(z):
    mean = sum(z) / len(z)
    deviation = math.sqrt(sum((v - mean) ** 2 for v in z) / (len(z) - 1))
    return [(v - mean) / (deviation + 1e-7) for v in z]


def by_hand(temperature, alpha, seen=as_they_are):
    losses = []
    for z_s, z_t, y in images():
        ours, theirs = -math.log(softmax(z_s)[y]), -math.log(softmax(z_t)[y])
        weight = 1 - math.exp(-ours / (theirs + 1e-7))
        imitated = cross_entropy(softmax(seen(z_t), temperature), softmax(seen(z_s), temperature))
        losses.append(weight * imitated)
    return alpha * temperature**2 * mean(losses)


@pytest.mark.parametrize(("temperature", "alpha"), [(2.0, 2.5), (4.0, 2.25), (1.0, 1.0)])
def test_it_is_the_papers_formula(temperature, alpha):
    loss = weighted_soft_loss(STUDENT, TEACHER, LABELS, temperature, alpha)

    assert loss.item() == pytest.approx(by_hand(temperature, alpha))


def test_an_image_that_the_student_knows_better_than_the_teacher_counts_little():
    knows, ignores = torch.tensor([[9.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 0.0]])
    label = torch.tensor([0])

    assert need(knows, ignores, label).item() < 0.001
    assert need(ignores, knows, label).item() > 0.999
    assert need(knows, knows, label).item() == pytest.approx(1 - math.exp(-1), rel=1e-3)


def test_a_teacher_without_any_loss_makes_the_image_count_whole():
    certain = torch.tensor([[1000.0, 0.0, 0.0]])

    assert need(torch.zeros(1, 3), certain, torch.tensor([0])).item() == 1


def test_no_gradient_flows_through_the_weights_of_the_images():
    student = STUDENT.clone().requires_grad_()
    weighted_soft_loss(student, TEACHER, LABELS, 2.0, 1.0).backward()

    weights = need(STUDENT, TEACHER, LABELS)[:, None]
    p, q = ((z / 2).softmax(dim=1) for z in (TEACHER, STUDENT))
    torch.testing.assert_close(student.grad, 2 * weights * (q - p) / len(LABELS))  # T² · 1/T


def test_the_term_takes_its_numbers_from_the_spec():
    loss = WeightedSoft(Spec(temperature=4.0, alpha=2.25))(a_moment(STUDENT, TEACHER, LABELS))

    assert loss.item() == pytest.approx(by_hand(4.0, 2.25))


def test_standardized_logits_are_imitated_and_who_knows_better_is_told_by_those_as_they_are():
    chosen = Spec(temperature=2.0, alpha=2.5, standardized=True)

    loss = WeightedSoft(chosen)(a_moment(STUDENT, TEACHER, LABELS))

    assert loss.item() == pytest.approx(by_hand(2.0, 2.5, zscore))
