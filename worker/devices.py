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
    """GPUs that one job can have: a slot has one, if there are any."""
    return min(1, len(visible()))


def slots() -> int:
    """How many jobs run side by side: one for each GPU, and one where there is none."""
    return max(1, len(visible()))


def environment(slot: int) -> dict[str, str]:
    """What a trainer in this slot sees: its own GPU only."""
    found = visible()
    return {"CUDA_VISIBLE_DEVICES": found[slot % len(found)]} if found else {}
