"""Correlation congruence, held against the paper's formula by loops."""

import math

import pytest
import torch

from core.spec.feature_terms import CorrelationCongruence as Spec
from tests.worker.engine.methods.hearing import STUDENT, TEACHER, a_moment_of, attached, random
from worker.engine.methods.correlation_congruence import congruence_loss, kernel


def unit(vector):
    return [value / math.hypot(*vector) for value in vector]


def gaussian(one, other, gamma):
    return math.exp(-gamma * math.dist(unit(one), unit(other)) ** 2)


def by_hand(student, teacher, gamma):
    n = range(len(student))
    differences = [
        (gaussian(teacher[i], teacher[j], gamma) - gaussian(student[i], student[j], gamma)) ** 2
        for i in n
        for j in n
    ]
    return sum(differences) / len(differences)


@pytest.mark.parametrize("gamma", [0.4, 3.0])
def test_it_is_the_formula(gamma):
    student, teacher = random(0, 6, 4), random(1, 6, 4)

    loss = congruence_loss(student, teacher, gamma)

    expected = by_hand(student.double().tolist(), teacher.double().tolist(), gamma)
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_the_paper_s_taylor_series_is_near():
    """Equation 6 there: Σ_p exp(−2γ) (2γ)^p / p! (u_i · u_j)^p, to second order at γ = 0.4."""
    vectors = random(0, 6, 16)
    cosines = torch.nn.functional.normalize(vectors) @ torch.nn.functional.normalize(vectors).T

    series = sum(math.exp(-0.8) * 0.8**p / math.factorial(p) * cosines**p for p in range(3))

    torch.testing.assert_close(series, kernel(vectors, 0.4), rtol=0, atol=0.05)


def test_the_term_embeds_both_networks():
    term = attached(Spec(dimensions=5, gamma=1.0))

    loss = term(a_moment_of())

    ours = STUDENT.pooled @ term.embedding.weight.T + term.embedding.bias
    theirs = TEACHER.pooled @ term.projection.T
    expected = by_hand(ours.double().tolist(), theirs.double().tolist(), 1.0)
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_the_teacher_s_embedding_is_not_learned():
    """Two that learn can agree on one point for every image, whatever the student does."""
    term = attached(Spec(dimensions=5))
    before = term.projection.clone()
    optimizer = torch.optim.SGD(term.parameters(), lr=10.0)

    for _ in range(50):
        optimizer.zero_grad()
        term(a_moment_of()).backward()
        optimizer.step()

    assert torch.equal(term.projection, before)
    assert {name for name, _ in term.named_parameters()} == {"embedding.weight", "embedding.bias"}


def test_a_wide_space_keeps_the_teacher_s_angles():
    term = attached(Spec(dimensions=16))

    torch.testing.assert_close(kernel(TEACHER.pooled @ term.projection.T, 0.4), kernel(TEACHER.pooled, 0.4))
