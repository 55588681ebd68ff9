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


@pytest.mark.parametrize("both", [False, True])
def test_embeddings_that_both_learn_agree_on_nothing_of_the_features(both):
    """Features that have nothing to do with each other, and do not change: only the embeddings do.

    As in the paper, where both learn, soon hardly any loss is left, since every two images are alike to
    them. With the teacher's held still, as here, three quarters of it are.
    """
    student, teacher = random(0, 64, 5).relu(), random(1, 64, 7).relu()
    torch.manual_seed(0)
    ours, theirs = torch.nn.Linear(5, 16), torch.nn.Linear(7, 16).requires_grad_(both)
    learned = [one for one in (*ours.parameters(), *theirs.parameters()) if one.requires_grad]
    optimizer = torch.optim.Adam(learned, lr=0.02)

    losses = []
    for _ in range(100):
        optimizer.zero_grad()
        loss = (kernel(ours(student), 0.4) - kernel(theirs(teacher), 0.4)).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    alike = kernel(theirs(teacher), 0.4).min().item()
    assert (losses[-1] < 0.01 * losses[0]) == both
    assert (losses[-1] > 0.7 * losses[0]) != both
    assert (alike > 0.9) == both


def test_the_teacher_s_embedding_is_not_learned():
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
