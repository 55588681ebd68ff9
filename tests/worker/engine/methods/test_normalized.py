"""NKD, held against the paper's formula."""

import math

import pytest

from core.spec.logit_terms import Normalized as Spec
from tests.worker.engine.builders import a_moment
from tests.worker.engine.methods.by_hand import (
    LABELS,
    STUDENT,
    TEACHER,
    cross_entropy,
    images,
    mean,
    softmax,
    some_logits,
    without,
)
from worker.engine.methods.normalized import Normalized, normalized_loss


def by_hand(temperature, gamma):
    losses = []
    for z_s, z_t, y in images():
        target = -softmax(z_t)[y] * math.log(softmax(z_s)[y])
        others = []
        for p in (softmax(z_t, temperature), softmax(z_s, temperature)):
            rest = without(p, y)
            others.append([value / sum(rest) for value in rest])  # normalized: they sum to 1
        losses.append(target + gamma * temperature**2 * cross_entropy(*others))
    return mean(losses)


@pytest.mark.parametrize(("temperature", "gamma"), [(1.0, 1.5), (1.0, 0.0), (4.0, 1.0), (0.5, 2.0)])
def test_it_is_the_papers_formula(temperature, gamma):
    loss = normalized_loss(STUDENT, TEACHER, LABELS, temperature, gamma)

    assert loss.item() == pytest.approx(by_hand(temperature, gamma))


def test_of_the_other_classes_the_teachers_own_opinion_is_the_best():
    label_alone = normalized_loss(TEACHER, TEACHER, LABELS, 1.0, gamma=0.0)
    least = normalized_loss(TEACHER, TEACHER, LABELS, 1.0, gamma=1.0) - label_alone

    for seed in range(2, 6):
        student = some_logits(seed)
        others = normalized_loss(student, TEACHER, LABELS, 1.0, 1.0) - normalized_loss(
            student, TEACHER, LABELS, 1.0, 0.0
        )
        assert others > least


def test_the_term_takes_its_numbers_from_the_spec():
    loss = Normalized(Spec(temperature=4.0, gamma=0.7))(a_moment(STUDENT, TEACHER, LABELS))

    assert loss.item() == pytest.approx(by_hand(4.0, 0.7))
