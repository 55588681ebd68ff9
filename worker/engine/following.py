"""What a rank beside the first says: nothing, but for the error that ends it."""

from collections.abc import Mapping
from pathlib import Path

from core.errors import Cancelled, DistilleryError, Diverged
from worker.engine.pipe import PipeReporter
from worker.engine.reporter import ConsoleReporter, Level, Phase, Progress, Saved, Summary


class Follower:
    """Keeps quiet. What is asked for is asked of the first rank."""

    def __init__(self, speaking: ConsoleReporter | PipeReporter) -> None:
        self.speaking = speaking

    def phase(self, name: Phase) -> None:
        if isinstance(self.speaking, PipeReporter):
            self.speaking.current = name  # an error says where it happened

    def progress(self, progress: Progress) -> None: ...
    def metrics(self, step: int, epoch: int, seconds: float, values: Mapping[str, float]) -> None: ...
    def artifact(self, path: Path) -> None: ...
    def checkpoint(self, saved: Saved) -> None: ...
    def log(self, level: Level, message: str) -> None: ...
    def result(self, summary: Summary) -> None: ...

    def error(self, error: DistilleryError) -> None:
        """Told unless the first rank ends in the same way at the same step."""
        if not isinstance(error, Cancelled | Diverged):
            self.speaking.error(error)

    def cancel_requested(self) -> bool:
        return False

    def suspend_requested(self) -> bool:
        return False

    def stop_requested(self) -> bool:
        return False
