"""How much memory this process has taken at most, since it began."""

import resource
from dataclasses import dataclass

import torch

KIB = 1024  # Linux tells its peak in these


@dataclass(frozen=True)
class Peak:
    """resident_bytes: in main memory, libraries included; device_bytes: tensors on the GPU, null without."""

    resident_bytes: int
    device_bytes: int | None


def peak(device: torch.device) -> Peak:
    on_device = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
    return Peak(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB, on_device)
