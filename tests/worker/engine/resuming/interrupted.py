"""A run in this process that ends as suddenly as by a kill, and one that goes on from what it left."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import CheckpointUnreadable
from core.spec import JobSpec
from tests.worker.engine.builders import Listener
from tests.worker.engine.resuming.attempts import metrics_of, tiny
from worker.engine import distill
from worker.engine.cache.segments import Shelf
from worker.engine.reporter import Saved

SPEC = tiny(
    method={"terms": [{"kind": "learned_temperature", "reversal_epochs": 1}]},
    regularizers=[{"kind": "l2", "strength": 1e-3}, {"kind": "dropout"}],
    optimization={"optimizer": "adamw"},
    stopping={"patience_epochs": 2},
)


class Killed(BaseException):
    """As good as a kill: nothing of ours catches it."""


class Keeper(Listener):
    """Keeps the newest checkpoint of each kind; ends the run once it has that of this phase and step."""

    def __init__(self, store: Path, until: tuple[str, int]) -> None:
        super().__init__()
        self.store = store
        self.until = until

    def checkpoint(self, saved: Saved) -> None:
        super().checkpoint(saved)
        kept = shutil.move(saved.path, self.store / saved.kind)
        if saved.kind == "training" and self.until == step_of(torch.load(kept, weights_only=True)):
            raise Killed


def step_of(checkpoint: dict[str, Any]) -> tuple[str, int]:
    training = checkpoint["training"]
    return checkpoint["phase"], training["trainer"]["steps"] if training else 0


def resume(
    store: Path,
    data: Path,
    out: Path,
    *,
    spec: JobSpec = SPEC,
    training: Path | None = None,
    teacher: Path | None = None,
    shelf: Shelf | None = None,
) -> Listener:
    """Go on from what is in the store, or from another file."""
    listener = Listener()
    distill(
        spec, out, data=data, reporter=listener,
        resume=training or store / "training", teacher=teacher or store / "teacher", shelf=shelf,
    )  # fmt: skip
    return listener


def refused(*given: Any, **named: Any) -> str:
    """Why it can't be resumed."""
    with pytest.raises(CheckpointUnreadable) as raised:
        resume(*given, **named)
    return raised.value.detail


def end(out: Path) -> tuple[bytes, list[tuple[str, ...]]]:
    """The student, and the metrics without their seconds."""
    return (out / "student.safetensors").read_bytes(), metrics_of(out)
