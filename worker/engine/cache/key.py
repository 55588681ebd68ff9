"""What the teacher's logits follow from, as one digest: equal keys, equal bits."""

import hashlib
import json
from typing import Any

import torch
from torch import Tensor, nn

from core.spec.models import Teacher
from worker.engine.data.batches import TrainingBatches
from worker.engine.data.material import Material
from worker.engine.device import describe

# To be raised when the engine would compute other logits from the same weights and images, or file them
# otherwise.
ENGINE = 1


def cache_key(
    chosen: Teacher, teacher: nn.Module, material: Material, batches: TrainingBatches,
    autocast: torch.dtype | None,
) -> str:  # fmt: skip
    """sha256 of everything that decides a bit of a logit.

    teacher    frozen: folded, and behind a normalisation of its own where it has one

    The hardware and torch are part of it: the last bits differ between two kinds, and the student must not
    depend on which one has filled the table.
    """
    document: dict[str, Any] = {
        "engine": ENGINE,
        "torch": str(torch.__version__),
        "hardware": describe(material.device),
        "autocast": str(autocast),
        "network": chosen.model_dump(mode="json", include={"architecture", "width", "stem"}),
        "weights": digest(teacher.state_dict()),
        "dataset": material.dataset.digest,
        "split": digest({"rows": batches.split.rows}),
        "image_size": batches.split.images.shape[1],
        "augmentation": batches.augmentation,
        "mean": material.normalization.mean,
        "std": material.normalization.std,
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def digest(tensors: dict[str, Tensor]) -> str:
    """sha256 over names, types, shapes and bytes."""
    found = hashlib.sha256()
    for name, value in tensors.items():
        found.update(f"{name} {value.dtype} {list(value.shape)}\n".encode())
        found.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return found.hexdigest()
