"""What a teacher's weights follow from, as one digest: jobs of the same recipe would train the same one."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from core.spec.datasets import subset_of
from core.spec.job import JobSpec
from core.spec.models import Train
from core.spec.resolve import teacher_warmup_epochs
from core.spec.tabular import is_tabular

# To be raised when the engine would train another teacher from the same spec.
ENGINE = 1
# Packages that draw the initial weights and compute all others.
PACKAGES = ("torch", "torchvision")
# Of the optimization; the rest is the student's own.
_SHARED = (
    "batch_size", "optimizer", "learning_rate", "schedule", "momentum", "betas", "weight_decay", "precision",
    "augmentation", "view_seed",
)  # fmt: skip


def recipe(resolved: JobSpec, content: str, versions: Mapping[str, str]) -> str | None:
    """The recipe of the teacher that this job trains; None of one whose weights come from elsewhere.

    content     names the images and labels, at the size at which they are trained on
    versions    of the packages, at least of PACKAGES; what stands behind a + is the kind of device

    The device is no part of it, as it is none of what a run can be resumed with: the last bits may differ
    between a CPU and a GPU, what was learned does not. Nor is the student, nor whatever only it is told.
    """
    if not isinstance(resolved.teacher.source, Train):
        return None
    document: dict[str, Any] = {
        "engine": ENGINE,
        # Left out of images, whose only task it is: their recipes are older than the others.
        **({"task": resolved.task} if is_tabular(resolved) else {}),
        "versions": {name: versions[name].partition("+")[0] for name in PACKAGES},
        "content": content,
        "subset": _plain(subset_of(resolved.dataset)),
        "splits": _plain(resolved.evaluation, include={"validation_fraction", "test_fraction"}),
        # What an architecture has not says nothing of it: a field that is new changes no recipe.
        "network": _plain(resolved.teacher, exclude={"source"}, exclude_none=True),
        "source": _plain(resolved.teacher.source, include={"epochs", "seed"}),
        "optimization": {**_plain(resolved.optimization, include=set(_SHARED)), **_in_parts(resolved)},
        "warmup_epochs": teacher_warmup_epochs(resolved.optimization, resolved.teacher.source.epochs),
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _in_parts(resolved: JobSpec) -> dict[str, int]:
    """Statistics are those of a part of a batch; said only where there are some, as it is new."""
    parts = resolved.optimization.accumulation
    return {"accumulation": parts} if parts > 1 else {}


def _plain(part: Any, **which: Any) -> Any:
    return None if part is None else part.model_dump(mode="json", **which)
