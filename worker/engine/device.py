"""The device that a run uses, and how torch is set up for it."""

import math
import os
from pathlib import Path
from typing import Literal

import torch

from core.errors import InvalidJob
from core.spec.resources import Resources

CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def choose(resources: Resources) -> torch.device:
    """A GPU if there is one and the spec does not say 0; else the CPU.

    raises InvalidJob if the spec demands a GPU and there is none
    """
    if resources.gpus != 0 and torch.cuda.is_available():
        return torch.device("cuda", 0)
    if resources.gpus not in (0, "auto"):
        raise InvalidJob(
            "this job demands a GPU, and this machine has none", hint='Set resources.gpus to "auto".'
        )
    return torch.device("cpu")


def prepare() -> None:
    """Set torch up for this process: all cores it may use, and the same result from the same seed."""
    torch.set_num_threads(cores())
    torch.backends.cudnn.benchmark = False  # would choose kernels by their speed of the moment
    torch.backends.cudnn.deterministic = True
    torch.set_flush_denormal(
        True
    )  # numbers below 1e-38 are 0: a CPU computes with them a hundred times slower


def cores() -> int:
    """Cores that this process may use: its affinity, and the quota of its container."""
    allowed = len(os.sched_getaffinity(0))
    try:
        quota, period = CGROUP_LIMIT.read_text().split()
    except (OSError, ValueError):
        return allowed
    return allowed if quota == "max" else max(1, min(allowed, math.ceil(int(quota) / int(period))))


def describe(device: torch.device) -> dict[str, str | int]:
    """The hardware, for a report."""
    facts: dict[str, str | int] = {
        "device": device.type,
        "cpu": _cpu_name(),
        "threads": torch.get_num_threads(),
    }
    if device.type == "cuda":
        facts["gpu"] = torch.cuda.get_device_name(device)
    return facts


def synchronize(device: torch.device) -> None:
    """Wait until the device has done everything, before reading a clock."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _cpu_name() -> Literal["unknown"] | str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"
