"""Which GPUs this worker has, found without torch."""

import re
from functools import cache
from pathlib import Path

from core.settings import Settings

_DEVICE = re.compile(r"nvidia\d+")


@cache
def visible() -> tuple[str, ...]:
    """Names that CUDA_VISIBLE_DEVICES takes, one for each GPU."""
    listed = Settings().visible_gpus
    if listed is not None:
        return tuple(filter(None, listed.split(",")))
    return tuple(str(n) for n in range(sum(1 for p in Path("/dev").iterdir() if _DEVICE.fullmatch(p.name))))


def gpus() -> int:
    """GPUs that one job can have: those of a slot."""
    return min(Settings().gpus_per_job, len(visible()))


def slots() -> int:
    """How many jobs run side by side: one for each group of GPUs, and one where there are too few."""
    return max(1, len(visible()) // Settings().gpus_per_job)


def environment(slot: int) -> dict[str, str]:
    """What a trainer in this slot sees: its own GPUs only."""
    if not visible():
        return {}
    first = slot % slots() * gpus()
    return {"CUDA_VISIBLE_DEVICES": ",".join(visible()[first : first + gpus()])}
