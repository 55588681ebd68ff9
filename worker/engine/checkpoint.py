"""The file that a run goes on from: one dictionary, written by torch.save, read without running any code.

format       the version of this layout
sequence     counts the checkpoints of a job, those of earlier attempts included
identity     what must be the same to go on: see `identity`
software     what should be the same to get the same bits: see `software`
phase        "teacher", "distil" or "baseline"
teacher      null while it is in training; then the sha256 of its file and how it was trained, no weights
training     the state of the training under way, or null at its start; of a baseline, within it, beside
             the student that is `distilled` already
narrator     metrics so far, seconds of each phase
"""

import io
import json
import platform
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from core.errors import CheckpointUnreadable
from core.spec import JobSpec
from core.spec.models import Train
from worker.engine import ranks
from worker.engine.data.material import Material
from worker.engine.device import describe
from worker.engine.optimization import autocast_type

FORMAT = 4
NONE: Mapping[str, str] = {}
# On any number of a run, but how it is rounded: a run goes on that began before steps were compiled.
WITHOUT_EFFECT: Any = {"name": True, "tags": True, "priority": True, "optimization": {"compile"}}

Checkpoint = dict[str, Any]


def identity(spec: JobSpec, material: Material, weights: Mapping[str, str] = NONE) -> dict[str, str]:
    """What decides the numbers of a run; a checkpoint with another identity is not this run's.

    weights    the sha256 of those that it starts from, by role

    A teacher that was found while it should have been trained is none of that: the checkpoint names it, as it
    names one that the run has trained itself.
    """
    found = isinstance(spec.teacher.source, Train)
    named = {role: sha256 for role, sha256 in weights.items() if role != "teacher" or not found}
    return {
        "spec": _document(spec),
        "dataset": material.dataset.digest,
        "torch": torch.__version__.split(".")[0],
        **{f"{role}_weights": sha256 for role, sha256 in named.items()},
    }


def software(spec: JobSpec, material: Material) -> dict[str, str | int]:
    """What rounds the numbers: they may differ where this does, and the run can still go on.

    The device is among it: of many machines, the next one to have a free slot may have another.
    """
    return {
        "gpu": "none",
        **describe(material.device),
        "autocast": str(autocast_type(spec.optimization.precision, material.device)),
        "ranks": ranks.count(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
    }


def _document(spec: JobSpec) -> str:
    return json.dumps(spec.model_dump(mode="json", exclude=WITHOUT_EFFECT), sort_keys=True)


def _of_today(identity: Mapping[str, str]) -> dict[str, str]:
    """As this version would have written it: a field that is new since then has its default."""
    return {**identity, "spec": _document(JobSpec.model_validate_json(identity["spec"]))}


def encode(checkpoint: Checkpoint) -> memoryview:
    """The bytes of the file."""
    content = io.BytesIO()
    torch.save(checkpoint, content)
    return content.getbuffer()


def read(path: Path, expected: Mapping[str, str]) -> Checkpoint:
    """A checkpoint of the run with this identity, its tensors on the CPU.

    raises CheckpointUnreadable if it is damaged, or not of this run
    """
    with refusing(path.name), zipfile.ZipFile(path) as archive:
        if damaged := archive.testzip():  # torch itself does not look at the checksums
            raise ValueError(f"{damaged} is damaged")
        checkpoint: Checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        if checkpoint["format"] != FORMAT:
            raise ValueError(f"its format is {checkpoint['format']}, needed is {FORMAT}")
        found = _of_today(checkpoint["identity"])
        names = expected.keys() | found.keys()
        if others := sorted(name for name in names if found.get(name) != expected.get(name)):
            raise ValueError(f"it is of another run: {', '.join(others)} differ")
        return checkpoint


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Whatever goes wrong inside means that the checkpoint can't be used.

    A damaged file can raise nearly anything out of torch: hence the wide net.
    """
    try:
        yield
    except CheckpointUnreadable:
        raise
    except Exception as error:
        why = str(error) if isinstance(error, ValueError) else f"{type(error).__name__} while reading"
        raise CheckpointUnreadable(f"{name} can't be resumed from: {why}") from error
