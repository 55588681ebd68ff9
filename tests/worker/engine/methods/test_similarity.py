"""Similarity-preserving distillation, held against the paper's formula by loops."""

import numpy as np
import pytest
import torch

from core.spec.feature_terms import Similarity as Spec
from tests.worker.engine.methods.hearing import STUDENT, TEACHER, a_moment_of, attached, random
from worker.engine.methods.similarity import similarity_loss


def table(maps):
    """Row i: products of image i with each image, over their length."""
    flat = [image.ravel() for image in maps]
    products = np.array([[(one * other).sum() for other in flat] for one in flat])
    return np.array([row / np.sqrt((row**2).sum()) for row in products])


def by_hand(student, teacher):
    return ((table(teacher) - table(student)) ** 2).sum() / len(student)


def test_it_is_the_formula():
    student, teacher = random(0, 5, 2, 3, 3), random(1, 5, 4, 2, 2)

    loss = similarity_loss(student, teacher)

    assert loss.item() == pytest.approx(by_hand(student.numpy(), teacher.numpy()), rel=1e-5)


def test_the_weight_is_that_of_the_reference_runs_at_their_batch():
    """3000 / N² there, 47 / N here: the same at N = 64."""
    assert Spec().weight / 64 == pytest.approx(3000 / 64**2, rel=0.01)


def test_two_images_by_hand():
    student = torch.tensor([[1.0, 0.0], [0.0, 1.0]])[
        :, :, None, None
    ]  # nothing in common: rows (1, 0), (0, 1)
    teacher = torch.tensor([[1.0, 0.0], [1.0, 0.0]])[:, :, None, None]  # the same: rows (1, 1) / √2

    by_hand = 2 * ((1 - 0.5**0.5) ** 2 + 0.5) / 2
    assert similarity_loss(student, teacher).item() == pytest.approx(by_hand)


def test_a_turned_space_is_as_good():
    maps = random(0, 5, 3, 1, 1)
    turned, _ = torch.linalg.qr(random(1, 3, 3))

    rotated = torch.einsum("nchw,cd->ndhw", maps, turned)
    assert similarity_loss(rotated, maps).item() == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("stage", [1, 4])
def test_the_term_looks_at_its_stage(stage):
    loss = attached(Spec(stage=stage))(a_moment_of())

    assert loss == similarity_loss(STUDENT.stages[stage], TEACHER.stages[stage])
