"""The device that a run uses, and how torch is set up for it."""

import ctypes
import math
import os
from pathlib import Path
from typing import Literal

import torch

from core.errors import InvalidJob
from core.spec.resources import Resources
from worker.engine import ranks

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3  # of mallopt, as <malloc.h> numbers them
CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")
BEGUN_WITH = torch.get_num_threads()  # OMP_NUM_THREADS where that is set


def choose(resources: Resources) -> torch.device:
    """A GPU if there is one and the spec does not say 0; else the CPU. Each rank has a GPU of its own.

    raises InvalidJob if the spec demands GPUs and there are none, or fewer
    """
    has_gpus = resources.gpus != 0 and torch.cuda.is_available()
    if resources.gpus not in ("auto", 0) and not has_gpus:
        detail = "this job demands a GPU, and this machine has none"
        raise InvalidJob(detail, hint='Set resources.gpus to "auto".')
    if resources.ranks > ranks.count():
        detail = f"{resources.ranks} GPUs need as many processes"
        raise InvalidJob(detail, hint="`python -m worker.engine` starts them.")
    if has_gpus and ranks.count() > max(1, torch.cuda.device_count()):
        raise InvalidJob(f"this job needs {ranks.count()} GPUs, there are {torch.cuda.device_count()}")
    return torch.device("cuda", ranks.rank()) if has_gpus else torch.device("cpu")


def prepare() -> None:
    """Set torch up for this process: all cores it may use, and the same result from the same seed."""
    torch.set_num_threads(threads())
    torch.backends.cudnn.benchmark = False  # would choose kernels by their speed of the moment
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = False  # float32 means float32, or other machines get other accuracies
    torch.set_flush_denormal(True)  # below 1e-38 is 0: CPUs compute a hundred times slower with such numbers
    keep_freed_memory()


def keep_freed_memory() -> None:
    """Let the allocator keep what a step frees for the next one.

    By default glibc gives large blocks back to the kernel, which clears every page again when the next step
    asks for it: 16,000 page faults a step of MobileNetV2 at batch 128, a tenth of its time. The peak stays.
    """
    allocator = ctypes.CDLL(None)
    allocator.mallopt(M_MMAP_THRESHOLD, 1 << 30)
    allocator.mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)
    allocator.mallopt(M_TOP_PAD, 1 << 26)


def threads() -> int:
    """That this process computes with: one a core, or fewer where OMP_NUM_THREADS says so.

    Of many ranks each has its part of the cores: for them torchrun sets the variable to 1 by itself.
    """
    part = max(1, cores() // ranks.count())
    return part if ranks.count() > 1 else min(part, BEGUN_WITH)


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
