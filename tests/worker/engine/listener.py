"""A reporter that remembers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import DistilleryError
from worker.engine.reporter import Level, Phase, Progress, Saved, Summary


@dataclass
class Listener:
    """A reporter that keeps what it hears, and asks to cancel at a phase if told to."""

    cancel_at: Phase | None = None
    heard: list[tuple[str, Any]] = field(default_factory=list)

    def phase(self, name: Phase) -> None:
        self.heard.append(("phase", name))

    def progress(self, progress: Progress) -> None:
        self.heard.append(("progress", progress))

    def metrics(self, step: int, epoch: int, seconds: float, values: Mapping[str, float]) -> None:
        self.heard.append(("metrics", (step, epoch, seconds, dict(values))))

    def artifact(self, path: Path) -> None:
        self.heard.append(("artifact", path))

    def checkpoint(self, saved: Saved) -> None:
        self.heard.append(("checkpoint", saved))

    def log(self, level: Level, message: str) -> None:
        self.heard.append(("log", (level, message)))

    def result(self, summary: Summary) -> None:
        self.heard.append(("result", summary))

    def error(self, error: DistilleryError) -> None:
        self.heard.append(("error", error))

    def cancel_requested(self) -> bool:
        return self.cancel_at is not None and ("phase", self.cancel_at) in self.heard

    def suspend_requested(self) -> bool:
        return False

    def stop_requested(self) -> bool:
        return False

    def all(self, event: str) -> list[Any]:
        return [what for name, what in self.heard if name == event]
