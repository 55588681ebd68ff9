"""Attention transfer, held against the paper's formula by loops."""

import numpy as np
import pytest
import torch

from core.errors import InvalidJob
from core.spec.feature_terms import Attention as Spec
from tests.worker.engine.methods.hearing import STUDENT, TEACHER, a_moment_of, attached, heard, random
from worker.engine.methods.attention import attention_loss


def by_hand(student, teacher):
    """Mean over images and positions of (Q_s / ‖Q_s‖ − Q_t / ‖Q_t‖)², Q = mean over channels of F²."""
    total = 0.0
    for ours, theirs in zip(student, teacher, strict=True):
        q_s, q_t = ((maps**2).mean(axis=0).ravel() for maps in (ours, theirs))
        total += ((q_s / np.sqrt((q_s**2).sum()) - q_t / np.sqrt((q_t**2).sum())) ** 2).mean()
    return total / len(student)


def test_it_is_the_formula():
    student, teacher = random(0, 3, 2, 4, 4), random(1, 3, 5, 4, 4)

    loss = attention_loss(student, teacher)

    assert loss.item() == pytest.approx(by_hand(student.numpy(), teacher.numpy()), rel=1e-5)


def test_the_term_is_the_sum_over_its_stages():
    loss = attached(Spec(stages=(1, 2)))(a_moment_of())

    expected = sum(by_hand(STUDENT.stages[n].numpy(), TEACHER.stages[n].numpy()) for n in (1, 2))
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_two_positions_by_hand():
    student = torch.tensor([[[[3.0, 2.0]]]]).sqrt()  # Q = 3, 2
    teacher = torch.tensor([[[[0.0, 4.0]]]])

    by_hand = ((3 / 13**0.5) ** 2 + (2 / 13**0.5 - 1) ** 2) / 2
    assert attention_loss(student, teacher).item() == pytest.approx(by_hand)


def test_where_one_looks_counts_and_not_how_much_there_is_nor_in_which_channels():
    maps = random(0, 2, 4, 4, 4)

    assert attention_loss(3 * maps[:, [2, 0, 1, 3]], maps).item() == pytest.approx(0, abs=1e-12)


def test_maps_of_other_sizes_are_compared_at_the_smaller_one():
    student, teacher = random(0, 2, 3, 8, 8), random(1, 2, 5, 4, 4)

    small = student.reshape(2, 3, 4, 2, 4, 2).mean(dim=(3, 5))
    assert attention_loss(student, teacher).item() == pytest.approx(
        by_hand(small.numpy(), teacher.numpy()), rel=1e-5
    )


def test_left_open_it_takes_every_stage_that_has_positions():
    assert attached(Spec()).stages == (1, 2)  # of sides 4, 2, 1, 1
    assert attached(Spec(), heard(0, side=32), heard(1, side=16)).stages == (1, 2, 3, 4)
    assert attached(Spec(), heard(0, side=4), heard(1, side=32)).stages == (1, 2)


def test_a_stage_without_positions_is_refused():
    with pytest.raises(InvalidJob, match="stage 3 are 1 × 1"):
        attached(Spec(stages=(2, 3)))


def test_networks_without_positions_are_refused():
    with pytest.raises(InvalidJob, match="1 × 1"):
        attached(Spec(), heard(0, side=1), heard(1, side=32))
