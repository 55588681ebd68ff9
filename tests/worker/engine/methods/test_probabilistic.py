"""Probabilistic knowledge transfer, held against the paper's formula by loops."""

import math

import numpy as np
import pytest
import torch

from core.spec.feature_terms import Probabilistic as Spec
from tests.worker.engine.methods.hearing import STUDENT, TEACHER, a_moment_of, attached, random
from worker.engine.methods.probabilistic import neighbours, probabilistic_loss


def cosine(one, other):
    return (one * other).sum() / math.sqrt((one**2).sum() * (other**2).sum())


def by_hand(student, teacher):
    """KL of rows of (cos + 1) / 2 over their sums; the mean over rows."""
    total = 0.0
    for i in range(len(student)):
        p, q = ([(cosine(of[i], other) + 1) / 2 for other in of] for of in (teacher, student))
        total += sum(a / sum(p) * math.log((a / sum(p)) / (b / sum(q))) for a, b in zip(p, q, strict=True))
    return total / len(student)


def test_it_is_the_formula():
    student, teacher = random(0, 6, 3), random(1, 6, 8)

    loss = probabilistic_loss(student, teacher)

    expected = by_hand(student.double().numpy(), teacher.double().numpy())
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_the_weight_is_that_of_the_reference_runs_at_their_batch():
    """30000 times the mean over N² there, 469 times the mean of N sums here: the same at N = 64."""
    assert Spec().weight * 64 == pytest.approx(30000, rel=0.01)


def test_two_images_by_hand():
    student = torch.tensor([[1.0, 0.0], [0.0, 1.0]])  # at right angles: (1, ½) over 3/2
    teacher = torch.tensor([[1.0, 0.0], [2.0, 0.0]])  # in one direction: (1, 1) over 2

    by_hand = 0.5 * math.log(0.5 / (2 / 3)) + 0.5 * math.log(0.5 / (1 / 3))
    assert probabilistic_loss(student, teacher).item() == pytest.approx(by_hand, rel=1e-5)


def test_lengths_do_not_count():
    vectors = random(0, 6, 3)

    longer = vectors * torch.arange(1.0, 7.0)[:, None]
    assert probabilistic_loss(longer, vectors).item() == pytest.approx(0, abs=1e-6)


def test_opposite_vectors_stay_finite():
    vectors = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], requires_grad=True)

    loss = probabilistic_loss(vectors, torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    loss.backward()

    assert loss.isfinite()
    assert vectors.grad.isfinite().all()
    np.testing.assert_allclose(neighbours(vectors).detach().sum(dim=1), 1, rtol=1e-6)


def test_the_term_reads_the_pooled_features():
    assert attached(Spec())(a_moment_of()) == probabilistic_loss(STUDENT.pooled, TEACHER.pooled)
