"""Intervals and tests, held against tables and against counting every case."""

import itertools
from math import comb

import pytest

from worker.engine.measures.intervals import mcnemar, paired, wilson


@pytest.mark.parametrize(
    ("correct", "images", "interval"),
    [
        (0, 10, (0.0, 0.2775)),
        (10, 10, (0.7225, 1.0)),
        (5, 10, (0.2366, 0.7634)),
        (352, 359, (0.9603, 0.9905)),
    ],
)
def test_the_interval_is_wilsons(correct, images, interval):
    assert wilson(correct, images) == pytest.approx(interval, abs=1e-4)


@pytest.mark.parametrize(
    ("gained", "lost", "images", "interval"),
    [
        # By hand: p = 15/66, q = 3/66, d = 12/66, half = 1.96 √((18/66 − (12/66)²) / 66).
        (14, 2, 64, (0.18182 - 0.11810, 0.18182 + 0.11810)),
        (0, 0, 100, (-0.02717, 0.02717)),
    ],
)
def test_the_interval_of_a_difference_is_bonetts_and_prices(gained, lost, images, interval):
    assert paired(gained, lost, images) == pytest.approx(interval, abs=2e-5)


def test_the_interval_turns_around_with_its_networks():
    low, high = paired(9, 4, 200)

    assert paired(4, 9, 200) == pytest.approx((-high, -low))


def test_the_interval_covers_the_truth_nearly_as_often_as_it_says():
    """Over every outcome of 40 images of which 15 % are gained and 10 % lost, by its probability."""
    images, p, q = 40, 0.15, 0.10
    covered = 0.0
    for gained, lost in itertools.product(range(images + 1), repeat=2):
        if (
            gained + lost <= images
            and paired(gained, lost, images)[0] <= p - q <= paired(gained, lost, images)[1]
        ):
            covered += probability(gained, lost, images, p, q)

    assert 0.94 < covered < 0.98


def probability(gained, lost, images, p, q):
    """Multinomial."""
    rest = images - gained - lost
    return comb(images, gained) * comb(images - gained, lost) * p**gained * q**lost * (1 - p - q) ** rest


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (3, 0), (5, 5), (2, 7), (1, 8)])
def test_chance_is_counted_over_every_toss(gained, lost):
    tosses = list(itertools.product((0, 1), repeat=gained + lost))
    as_far = [one for one in tosses if min(sum(one), len(one) - sum(one)) <= min(gained, lost)]

    assert mcnemar(gained, lost) == pytest.approx(len(as_far) / len(tosses))


def test_many_tosses_are_no_trouble():
    assert mcnemar(5000, 5000) == 1.0
    assert 0 < mcnemar(4800, 5200) < 1e-4
