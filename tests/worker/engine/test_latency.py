import time
from itertools import groupby

import pytest
import torch
from torch import nn

from tests.worker.engine.builders import a_network
from worker.engine.latency import MIN_RUNS, RUNS, WARM_UP, latencies, percentile


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([1.0], 0.95, 1.0),
        ([float(n) for n in range(1, 101)], 0.95, 95.0),
        ([1.0, 2.0], 1.0, 2.0),
    ],
)
def test_a_percentile_is_a_value_that_was_measured(values, share, expected):
    assert percentile(values, share) == expected


def images(batch):
    return torch.rand(batch, 3, 8, 8)


def test_each_network_is_timed_at_each_batch_size():
    timed = latencies({"teacher": a_network(), "student": a_network()}, images, (1, 4))

    assert list(timed) == ["teacher", "student"]
    for of_one in timed.values():
        assert [one.batch for one in of_one] == [1, 4]
        assert all(0 < one.p50_seconds <= one.p95_seconds for one in of_one)
        assert all(MIN_RUNS <= one.runs <= RUNS for one in of_one)


class Noting(nn.Module):
    """Notes that it was asked, and takes its time."""

    def __init__(self, name, asked, seconds=0.0):
        super().__init__()
        self.name, self.asked, self.seconds = name, asked, seconds

    def forward(self, inputs):
        self.asked.append(self.name)
        time.sleep(self.seconds)
        return inputs


def test_networks_take_turns_so_that_a_slow_moment_meets_both():
    asked = []

    latencies({"a": Noting("a", asked), "b": Noting("b", asked)}, images, (1,))

    turns = [(name, len(list(runs))) for name, runs in groupby(asked)]
    assert turns == [("a", WARM_UP), ("b", WARM_UP)] + [("a", MIN_RUNS), ("b", MIN_RUNS)] * (RUNS // MIN_RUNS)


def test_a_slow_network_is_timed_less_often_and_leaves_the_other_its_runs():
    timed = latencies({"slow": Noting("slow", [], 0.45), "fast": Noting("fast", [])}, images, (1,))

    assert timed["slow"][0].runs == MIN_RUNS
    assert timed["fast"][0].runs == RUNS


def test_no_batch_sizes_no_times():
    assert latencies({"teacher": a_network()}, images, ()) == {"teacher": ()}
