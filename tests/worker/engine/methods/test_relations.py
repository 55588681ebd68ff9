"""Relational distillation, held against the paper's formula by loops."""

import math
from itertools import product

import pytest
import torch

from core.spec.feature_terms import Relations as Spec
from tests.worker.engine.methods.hearing import STUDENT, TEACHER, a_moment_of, attached, random
from worker.engine.methods.relations import distances, products, relation_loss


def huber(one, other):
    difference = abs(one - other)
    return 0.5 * difference**2 if difference <= 1 else difference - 0.5


def all_distances(vectors):
    found = [[math.dist(one, other) for other in vectors] for one in vectors]
    above = [d for row in found for d in row if d > 0]
    return [[d * len(above) / sum(above) for d in row] for row in found]


def cosine_at(corner, one, other):
    """Of the angle at `corner`; 0 where two of the three points are one."""
    a, b = ([p - q for p, q in zip(point, corner, strict=True)] for point in (one, other))
    lengths = math.hypot(*a) * math.hypot(*b)
    return sum(p * q for p, q in zip(a, b, strict=True)) / lengths if lengths else 0.0


def by_hand(student, teacher, distance_weight, angle_weight, angle_images):
    n, few = range(len(student)), range(min(angle_images, len(student)))
    ours, theirs = all_distances(student), all_distances(teacher)
    by_distance = [huber(ours[i][j], theirs[i][j]) for i, j in product(n, n)]
    by_angle = [
        huber(*(cosine_at(of[i], of[j], of[k]) for of in (student, teacher)))
        for i, j, k in product(few, few, few)
    ]
    return distance_weight * sum(by_distance) / len(by_distance) + angle_weight * sum(by_angle) / len(
        by_angle
    )


@pytest.mark.parametrize("weights", [(25.0, 50.0, 64), (1.0, 0.0, 64), (0.0, 1.0, 64), (25.0, 50.0, 4)])
def test_it_is_the_formula(weights):
    student, teacher = random(0, 6, 3), random(1, 6, 8)
    student[0] *= 10  # so far off that Huber's loss becomes linear

    loss = relation_loss(student, teacher, *weights)

    expected = by_hand(student.double().tolist(), teacher.double().tolist(), *weights)
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_a_moved_turned_and_scaled_space_is_as_good():
    vectors = random(0, 6, 3)
    turned, _ = torch.linalg.qr(random(1, 3, 3))

    loss = relation_loss(7 * vectors @ turned + 5, vectors, 25.0, 50.0, 64)

    assert loss.item() == pytest.approx(0, abs=1e-8)


def test_small_differences_of_long_vectors_are_seen():
    """|x|² + |y|² − 2xy of vectors of length 1000 that differ by 1 would lose most digits."""
    vectors = random(0, 6, 3).double()

    far = distances(products((vectors + 600).float()))

    torch.testing.assert_close(far, torch.cdist(vectors, vectors).float(), rtol=1e-3, atol=0)


def test_equal_images_are_at_no_distance_and_get_bounded_gradients():
    vectors = random(0, 6, 32)
    student = torch.cat([vectors, vectors]).requires_grad_()

    loss = relation_loss(student, random(1, 12, 8), 25.0, 50.0, 64)
    loss.backward()

    assert not distances(products(student)).diagonal(6).any()
    assert loss.isfinite()
    assert student.grad.abs().max() < 10


def test_the_whole_of_a_large_batch_counts_by_distance_and_its_head_by_angle():
    student, teacher = random(0, 12, 3).requires_grad_(), random(1, 12, 3)

    relation_loss(student, teacher, 0.0, 1.0, 5).backward()
    by_angle, student.grad = student.grad, None
    relation_loss(student, teacher, 1.0, 0.0, 5).backward()

    assert by_angle[5:].abs().max() < 1e-6
    assert (student.grad.abs().sum(dim=1) > 1e-6).all()


def test_the_term_takes_its_weights_from_the_spec():
    loss = attached(Spec(distance_weight=3.0, angle_weight=2.0, angle_images=4))(a_moment_of())

    assert loss == relation_loss(STUDENT.pooled, TEACHER.pooled, 3.0, 2.0, 4)
