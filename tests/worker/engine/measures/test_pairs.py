import math

import pytest
import torch

from tests.worker.engine.measures.answers import some
from worker.engine.measures.intervals import mcnemar, paired
from worker.engine.measures.pairs import divergence, pair


def test_every_image_is_counted_once():
    first, labels = some(1)
    second, _ = some(2, sureness=1.0)
    cells = {(a, b): 0 for a in (True, False) for b in (True, False)}
    alike = {True: 0, False: 0}
    for one, other, label in zip(first.tolist(), second.tolist(), labels.tolist(), strict=True):
        a, b = one.index(max(one)), other.index(max(other))
        cells[a == label, b == label] += 1
        alike[a == label] += a == b

    found = pair(first, second, labels)

    assert (found.both_right, found.lost) == (cells[True, True], cells[True, False])
    assert (found.gained, found.both_wrong) == (cells[False, True], cells[False, False])
    right, wrong = (cells[way, True] + cells[way, False] for way in (True, False))
    assert found.agreement == pytest.approx((alike[True] + alike[False]) / len(labels))
    assert found.agreement_when_first_right == pytest.approx(alike[True] / right)
    assert found.agreement_when_first_wrong == pytest.approx(alike[False] / wrong)
    change = (cells[False, True] - cells[True, False]) / len(labels)
    assert found.accuracy_change == pytest.approx(change)
    assert found.accuracy_change_interval == paired(found.gained, found.lost, len(labels))
    assert found.p_value == mcnemar(found.gained, found.lost)


def test_a_network_is_like_itself():
    logits, labels = some(1)

    found = pair(logits, logits, labels)

    assert (found.accuracy_change, found.agreement, found.p_value) == (0.0, 1.0, 1.0)
    assert found.kl == pytest.approx(0.0, abs=1e-12)


def test_where_the_first_is_always_right_nothing_is_said_of_its_mistakes():
    labels = torch.tensor([0, 1])
    logits = torch.eye(2)

    assert pair(logits, logits, labels).agreement_when_first_wrong is None


def test_the_divergence_by_hand():
    """p = (3/4, 1/4), q = (1/2, 1/2)."""
    p, q = torch.tensor([[math.log(3.0), 0.0]]), torch.zeros(1, 2)

    assert divergence(p, q) == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert divergence(q, p) == pytest.approx(0.5 * math.log(2 / 3) + 0.5 * math.log(2))
