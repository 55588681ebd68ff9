"""What a reused classifier reads, held against the formula by hand, projector and all."""

import numpy as np
import pytest
import torch

from core.spec.feature_terms import ReusedClassifier as Spec
from core.spec.reuse import Reuse
from tests.worker.engine.methods.hearing import STUDENT, TEACHER, a_moment_of, attached, random
from worker.engine.methods.reused_classifier import projected_loss
from worker.engine.models.projector import Projector
from worker.engine.moment import Features

POOLED = STUDENT.pooled


def convolved(maps, weight):
    """Zeros around the maps, one position at a time."""
    size = weight.shape[2]
    padded = np.pad(maps, ((0, 0), (0, 0), (size // 2, size // 2), (size // 2, size // 2)))
    out = np.zeros((len(maps), len(weight), *maps.shape[2:]))
    for y in range(maps.shape[2]):
        for x in range(maps.shape[3]):
            window = padded[:, :, y : y + size, x : x + size]
            out[:, :, y, x] = np.tensordot(window, weight, axes=((1, 2, 3), (1, 2, 3)))
    return out


def bent(maps, gain, offset, eps=1e-5):
    """Normalised by the batch, and nothing below 0."""
    mean, variance = maps.mean((0, 2, 3), keepdims=True), maps.var((0, 2, 3), keepdims=True)
    scaled = (maps - mean) / np.sqrt(variance + eps)
    return np.maximum(scaled * gain[:, None, None] + offset[:, None, None], 0)


def by_hand(maps, teacher, layers):
    for weight, gain, offset in layers:
        maps = bent(convolved(maps, weight), gain, offset)
    return ((maps - teacher) ** 2).mean()


def a_projector(channels=3):
    projector = Projector(channels, Reuse(4, 2)).double().train()
    for parameter in projector.parameters():
        torch.nn.init.normal_(parameter)
    return projector


def test_it_is_the_formula():
    projector, maps, teacher = a_projector(), random(0, 6, 3, 4, 4).double(), random(1, 6, 4, 4, 4).double()

    student = Features(read=projector(maps), pooled=POOLED)
    loss = attached(Spec())(a_moment_of(student, Features(read=teacher, pooled=POOLED)))

    learned = [value.detach().numpy() for value in projector.parameters()]
    layers = [learned[first : first + 3] for first in (0, 3, 6)]
    assert loss.item() == pytest.approx(by_hand(maps.numpy(), teacher.numpy(), layers), rel=1e-9)


def test_the_projector_narrows_by_its_factor_within():
    shapes = [tuple(one.weight.shape) for one in Projector(3, Reuse(512, 2)) if hasattr(one, "kernel_size")]

    assert shapes == [(256, 3, 1, 1), (256, 256, 3, 3), (512, 256, 1, 1)]


def test_equal_maps_cost_nothing():
    maps = random(0, 2, 3, 4, 4)

    assert projected_loss(maps, maps) == 0
    assert projected_loss(maps, maps + 2).item() == pytest.approx(4)


def test_a_larger_map_is_averaged_over_areas():
    larger = random(3, 6, 2, 8, 8)

    loss = attached(Spec())(a_moment_of(teacher=Features(read=larger, pooled=TEACHER.pooled)))

    small = larger.reshape(6, 2, 4, 2, 4, 2).mean(dim=(3, 5))
    assert loss.item() == pytest.approx(projected_loss(STUDENT.read, small).item())
