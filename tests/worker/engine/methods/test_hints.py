"""Hints, held against the formula by hand."""

import numpy as np
import pytest
import torch

from core.spec.feature_terms import Hints as Spec
from tests.worker.engine.methods.hearing import STUDENT, TEACHER, a_moment_of, attached, heard, random
from worker.engine.methods.hints import hint_loss


def by_hand(student, teacher, weight, gain, offset, eps=1e-5):
    """Mean (BN(W F_s) − F_t)², one number at a time."""
    n, _, height, width = student.shape
    mapped = np.zeros((n, len(weight), height, width))
    for image in range(n):
        for y in range(height):
            for x in range(width):
                mapped[image, :, y, x] = weight @ student[image, :, y, x]
    for channel in range(len(weight)):
        values = mapped[:, channel]
        mapped[:, channel] = (values - values.mean()) / np.sqrt(values.var() + eps) * gain[channel] + offset[
            channel
        ]
    return ((mapped - teacher) ** 2).mean()


def test_it_is_the_formula():
    term = attached(Spec(stage=1))
    convolution, normalisation = term.regressor
    torch.nn.init.uniform_(normalisation.weight)
    torch.nn.init.uniform_(normalisation.bias)

    loss = term(a_moment_of())

    learned = (convolution.weight[:, :, 0, 0], normalisation.weight, normalisation.bias)
    expected = by_hand(
        STUDENT.stages[1].numpy(), TEACHER.stages[1].numpy(), *(value.detach().numpy() for value in learned)
    )
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_equal_maps_cost_nothing():
    maps = random(0, 2, 3, 4, 4)

    assert hint_loss(maps, maps) == 0
    assert hint_loss(maps, maps + 2).item() == pytest.approx(4)


def test_it_looks_at_the_stage_that_is_asked_for():
    assert attached(Spec()).needs.stages == {2}
    assert attached(Spec(stage=3)).regressor[0].weight.shape == (7, 6, 1, 1)  # 3 + 3 channels into 4 + 3


def test_a_larger_map_is_averaged_over_areas():
    larger = heard(100, channels=4, side=8, width=7)
    term = attached(Spec(stage=1), teacher=larger)

    loss = term(a_moment_of(teacher=larger))

    maps = larger.stages[1]
    small = maps.reshape(*maps.shape[:2], 4, 2, 4, 2).mean(dim=(3, 5))
    assert loss.item() == pytest.approx(hint_loss(term.regressor(STUDENT.stages[1]), small).item())
