import pytest
import torch

from tests.worker.engine.builders import a_network
from worker.engine.latency import MIN_RUNS, RUNS, latencies, percentile


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


def test_each_batch_size_is_timed():
    timed = latencies(a_network(), images, (1, 4))

    assert [one.batch for one in timed] == [1, 4]
    assert all(0 < one.p50_seconds <= one.p95_seconds for one in timed)
    assert all(MIN_RUNS <= one.runs <= RUNS for one in timed)


def test_no_batch_sizes_no_times():
    assert latencies(a_network(), images, ()) == ()
