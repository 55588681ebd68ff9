"""DIST, held against numpy's correlation."""

import numpy as np
import pytest
import torch

from core.spec.logit_terms import Correlation as Spec
from tests.worker.engine.builders import a_moment
from tests.worker.engine.methods.by_hand import STUDENT, TEACHER, images, mean, softmax
from worker.engine.methods.correlation import Correlation, correlation_loss, pearson


def by_hand(temperature, beta, gamma):
    p_s = np.array([softmax(z_s, temperature) for z_s, _, _ in images()])
    p_t = np.array([softmax(z_t, temperature) for _, z_t, _ in images()])
    rows = mean([np.corrcoef(s, t)[0, 1] for s, t in zip(p_s, p_t, strict=True)])
    columns = mean([np.corrcoef(s, t)[0, 1] for s, t in zip(p_s.T, p_t.T, strict=True)])
    return temperature**2 * (beta * (1 - rows) + gamma * (1 - columns))


@pytest.mark.parametrize(
    ("temperature", "beta", "gamma"), [(4.0, 1.0, 1.0), (1.0, 1.0, 0.0), (1.0, 0.0, 1.0), (2.0, 0.5, 3.0)]
)
def test_it_is_the_papers_formula(temperature, beta, gamma):
    loss = correlation_loss(STUDENT, TEACHER, temperature, beta, gamma)

    assert loss.item() == pytest.approx(by_hand(temperature, beta, gamma))


def test_identical_logits_cost_nothing():
    assert correlation_loss(STUDENT, STUDENT, 4.0, 1.0, 1.0).item() == pytest.approx(0, abs=1e-12)


def test_opposite_preferences_cost_twice_the_factors():
    student = torch.tensor([[9.0, 0.0], [0.0, 9.0]])

    assert correlation_loss(student, -student, 1.0, 1.0, 1.0).item() == pytest.approx(4)


def test_what_is_constant_is_like_nothing_and_has_a_gradient_all_the_same():
    flat = torch.zeros(2, 3, requires_grad=True)

    likeness = pearson(flat, torch.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    likeness.sum().backward()

    assert likeness.tolist() == [0, 0]
    assert flat.grad.isfinite().all()


def test_the_term_takes_its_numbers_from_the_spec():
    loss = Correlation(Spec(temperature=2.0, beta=0.5, gamma=3.0))(a_moment(STUDENT, TEACHER))

    assert loss.item() == pytest.approx(by_hand(2.0, 0.5, 3.0))
