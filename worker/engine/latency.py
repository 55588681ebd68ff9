"""How long a network takes to answer."""

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from worker.engine.device import synchronize

WARM_UP = 3
RUNS = 30
BUDGET_SECONDS = 2.0  # for one network and batch size; at least MIN_RUNS are timed whatever it costs
MIN_RUNS = 5

PROTOCOL = (
    "forward pass in float32, channels-last, batch normalisation not folded; random images on the device; "
    f"{WARM_UP} runs to warm up, then up to {RUNS} timed ones (at least {MIN_RUNS}, about "
    f"{BUDGET_SECONDS:g} s), waiting for the device before each reading of the clock"
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


def latencies(network: nn.Module, image_size: int, batches: Sequence[int]) -> tuple[Latency, ...]:
    """The latency at each of these batch sizes."""
    return tuple(latency(network, image_size, batch) for batch in batches)


def latency(network: nn.Module, image_size: int, batch: int) -> Latency:
    """Time forward passes of one batch; the protocol is in PROTOCOL."""
    device = next(network.parameters()).device
    images = torch.rand(batch, 3, image_size, image_size, device=device).to(memory_format=torch.channels_last)
    network.eval()
    for _ in range(WARM_UP):
        _time(network, images)
    times: list[float] = []
    while len(times) < RUNS and (len(times) < MIN_RUNS or sum(times) < BUDGET_SECONDS):
        times.append(_time(network, images))
    return Latency(batch, statistics.median(times), percentile(times, 0.95), len(times))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@torch.no_grad()
def _time(network: nn.Module, images: torch.Tensor) -> float:
    synchronize(images.device)
    began = time.perf_counter()
    network(images)
    synchronize(images.device)
    return time.perf_counter() - began
