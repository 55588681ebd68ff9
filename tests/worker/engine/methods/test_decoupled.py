"""DKD, held against the paper's equations 2 to 7."""

import pytest
import torch

from core.spec.logit_terms import Decoupled as Spec
from tests.worker.engine.builders import a_moment
from tests.worker.engine.methods.by_hand import (
    LABELS,
    STUDENT,
    TEACHER,
    images,
    kl,
    mean,
    softmax,
    some_logits,
    without,
)
from worker.engine.methods.decoupled import Decoupled, decoupled_loss, label_or_not
from worker.engine.methods.soft_targets import soft_target_loss


def by_hand(temperature, alpha, beta):
    losses = []
    for z_s, z_t, y in images():
        p_s, p_t = softmax(z_s, temperature), softmax(z_t, temperature)
        target = kl([p_t[y], 1 - p_t[y]], [p_s[y], 1 - p_s[y]])
        q_s, q_t = ([value / (1 - p[y]) for value in without(p, y)] for p in (p_s, p_t))
        losses.append(temperature**2 * (alpha * target + beta * kl(q_t, q_s)))
    return mean(losses)


@pytest.mark.parametrize(
    ("temperature", "alpha", "beta"), [(4.0, 1.0, 8.0), (1.0, 1.0, 0.0), (2.0, 0.0, 1.0), (0.5, 3.0, 2.0)]
)
def test_it_is_the_papers_formula(temperature, alpha, beta):
    loss = decoupled_loss(STUDENT, TEACHER, LABELS, temperature, alpha, beta)

    assert loss.item() == pytest.approx(by_hand(temperature, alpha, beta))


def test_the_parts_add_up_to_soft_targets():
    """Equation 5: KD = KL(label or not) + (1 − p_t(label)) · KL(the other classes)."""
    student, teacher, label = STUDENT[:1], TEACHER[:1], LABELS[:1]
    not_the_label = 1 - softmax(teacher[0].tolist(), 4.0)[label.item()]

    loss = decoupled_loss(student, teacher, label, 4.0, alpha=1.0, beta=not_the_label)

    assert loss.item() == pytest.approx(soft_target_loss(student, teacher, 4.0).item())


def test_identical_logits_cost_nothing():
    assert decoupled_loss(STUDENT, STUDENT, LABELS, 4.0, 1.0, 8.0).item() == pytest.approx(0, abs=1e-12)


def test_of_two_classes_the_second_part_is_nothing():
    student, teacher, labels = some_logits(0, classes=2), some_logits(1, classes=2), LABELS % 2

    assert decoupled_loss(student, teacher, labels, 4.0, alpha=0.0, beta=8.0) == 0


def test_sureness_beyond_what_a_float_can_tell_from_1_keeps_its_logarithm():
    sure = torch.tensor([[100.0, 0.0, 0.0]])

    log_label, log_others = label_or_not(sure, torch.tensor([0]))[0].tolist()

    assert log_label == pytest.approx(0, abs=1e-30)
    assert log_others == pytest.approx(-99.307, abs=1e-3)  # log(2 · exp(−100))


def test_the_term_takes_its_numbers_from_the_spec():
    term = Decoupled(Spec(temperature=2.0, alpha=3.0, beta=0.5))

    loss = term(a_moment(STUDENT, TEACHER, LABELS))

    assert loss.item() == pytest.approx(by_hand(2.0, 3.0, 0.5))
