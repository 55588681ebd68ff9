import math

import numpy as np
import pytest
import torch

from tests.worker.engine.measures.answers import IMAGES, some
from worker.engine.measures.calibration import BINS, calibration


def test_it_is_the_papers_sum_over_bins():
    """In plain loops, image by image."""
    logits, labels = some(1)
    bins = [[] for _ in range(BINS)]
    brier = 0.0
    for row, label in zip(logits.double().numpy(), labels.tolist(), strict=True):
        p = np.exp(row) / np.exp(row).sum()
        bins[math.ceil(p.max() * BINS) - 1].append((p.max(), p.argmax() == label))
        brier += sum((p[c] - (c == label)) ** 2 for c in range(len(p)))
    error = sum(
        len(found) / IMAGES * abs(np.mean([c for c, _ in found]) - np.mean([r for _, r in found]))
        for found in bins
        if found
    )

    found = calibration(logits, labels)

    assert found.calibration_error == pytest.approx(error)
    assert found.brier == pytest.approx(brier / IMAGES)
    assert [one.images for one in found.reliability] == [len(one) for one in bins]


def test_always_sure_and_half_the_time_right():
    found = calibration(torch.tensor([[1000.0, 0.0], [1000.0, 0.0]]), torch.tensor([0, 1]))

    assert (found.calibration_error, found.brier) == (0.5, 1.0)
    *empty, last = found.reliability
    assert (last.images, last.confidence, last.accuracy) == (2, 1.0, 0.5)
    assert {(one.images, one.confidence, one.accuracy) for one in empty} == {(0, None, None)}


def test_as_sure_as_it_is_right_there_is_no_error():
    """Three quarters sure, and right three times of four."""
    logits = torch.tensor([[math.log(3.0), 0.0]] * 4)

    found = calibration(logits, torch.tensor([0, 0, 0, 1]))

    assert found.calibration_error == pytest.approx(0.0, abs=1e-7)
    assert found.brier == pytest.approx(2 * (3 * 0.25**2 + 0.75**2) / 4)
