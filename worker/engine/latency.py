"""How long a network takes to answer."""

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from worker.engine.device import synchronize
from worker.engine.shapes import Inputs

WARM_UP = 3
RUNS = 30
BUDGET_SECONDS = 2.0  # for one network and batch size; at least MIN_RUNS are timed whatever it costs
MIN_RUNS = 5

PROTOCOL = (
    "forward pass in float32, channels-last, batch normalisation not folded; random images, or rows, on the "
    f"device; {WARM_UP} runs to warm up, then up to {RUNS} timed ones (at least {MIN_RUNS}, about "
    f"{BUDGET_SECONDS:g} s), teacher and student in turns of {MIN_RUNS}, waiting for the device before each "
    "reading of the clock"
)


@dataclass(frozen=True)
class Latency:
    """Seconds of one forward pass at a batch size, over `runs` of them."""

    batch: int
    p50_seconds: float
    p95_seconds: float
    runs: int

    @property
    def per_second(self) -> float:
        """Answers a second at this batch size, one batch after another."""
        return self.batch / self.p50_seconds


def latencies(
    networks: Mapping[str, nn.Module], example: Callable[[int], Inputs], batches: Sequence[int]
) -> dict[str, tuple[Latency, ...]]:
    """The latency of each network at each of these batch sizes; `example` makes inputs of a size.

    They take turns: a machine that is slower for a while is so for all of them, and their ratio stands.
    """
    timed = [_side_by_side(networks, example(batch)) for batch in batches]
    return {name: tuple(one[name] for one in timed) for name in networks}


def _side_by_side(networks: Mapping[str, nn.Module], inputs: Inputs) -> dict[str, Latency]:
    """Time forward passes of one batch; the protocol is in PROTOCOL."""
    for network in networks.values():
        network.eval()
        for _ in range(WARM_UP):
            _time(network, inputs)
    times: dict[str, list[float]] = {name: [] for name in networks}
    while unfinished := [name for name in networks if _wants_more(times[name])]:
        for name in unfinished:
            times[name] += [_time(networks[name], inputs) for _ in range(MIN_RUNS)]
    return {
        name: Latency(len(inputs), statistics.median(found), percentile(found, 0.95), len(found))
        for name, found in times.items()
    }


def _wants_more(times: Sequence[float]) -> bool:
    return len(times) < RUNS and (len(times) < MIN_RUNS or sum(times) < BUDGET_SECONDS)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@torch.no_grad()
def _time(network: nn.Module, inputs: Inputs) -> float:
    synchronize(inputs.device)
    began = time.perf_counter()
    network(inputs)
    synchronize(inputs.device)
    return time.perf_counter() - began
