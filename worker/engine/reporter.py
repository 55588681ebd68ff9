"""What the engine tells the world while it trains, and what it asks: shall I go on?"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from core.errors import DistilleryError

Phase = Literal["load_data", "teacher", "distil", "baseline", "evaluate", "export", "report"]
# Of a checkpoint: what to go on from, the teacher that goes with it; and the students so far, which are all
# that is left of a job that is cancelled while it does not run.
Kind = Literal["training", "teacher", "best", "last"]
STUDENTS = ("best", "last")
Level = Literal["info", "warning", "error"]

# What is measured at the end of an epoch, and the loss that goes with it.
EPOCH_ENDS = {
    "teacher/accuracy": "teacher/train/epoch_loss",
    "teacher/mse": "teacher/train/epoch_loss",
    "baseline/accuracy": "baseline/train/epoch_loss",
    "baseline/mse": "baseline/train/epoch_loss",
    "validation/accuracy": "train/epoch_loss",
    "validation/mse": "train/epoch_loss",
}


@dataclass(frozen=True)
class Progress:
    """How far the run has come.

    epoch, step         of the network in training; epochs count from 1
    fraction            0 to 1 over the whole run
    images_per_second   of training since the last report; None before the first step
    eta_seconds         to the end of the run; None before it can be told, and after training: what follows
                        takes as long as it takes, whatever training took
    """

    phase: Phase
    epoch: int
    epochs: int
    step: int
    steps: int
    fraction: float
    images_per_second: float | None
    eta_seconds: float | None


@dataclass(frozen=True)
class Saved:
    """A checkpoint that is safe on the disk. Whoever hears of it owns the file from then on.

    sequence    counts all files of a job, those of earlier attempts included
    best        whether it is the first that holds the best student so far
    sha256      of what was written, for whoever copies it
    """

    path: Path
    kind: Kind
    sequence: int
    best: bool
    sha256: str


# The result in four numbers: teacher_accuracy and student_accuracy, or _mse, on the test split; then
# compression and speedup, teacher over student.
Summary = Mapping[str, float | None]


@runtime_checkable
class Reporter(Protocol):
    """Brought by whoever runs the engine: a console, a pipe to a supervisor, a notebook.

    cancel_requested    end now; nobody waits for the result
    suspend_requested   write a checkpoint and end, to go on later
    stop_requested      end training early, but evaluate and export
    """

    def phase(self, name: Phase) -> None: ...
    def progress(self, progress: Progress) -> None: ...
    def metrics(self, step: int, epoch: int, seconds: float, values: Mapping[str, float]) -> None: ...
    def artifact(self, path: Path) -> None: ...
    def checkpoint(self, saved: Saved) -> None: ...
    def log(self, level: Level, message: str) -> None: ...
    def result(self, summary: Summary) -> None: ...
    def cancel_requested(self) -> bool: ...
    def suspend_requested(self) -> bool: ...
    def stop_requested(self) -> bool: ...


class ConsoleReporter:
    """One line an epoch on stderr, for a person who runs the engine by hand."""

    def __init__(self) -> None:
        self.latest: Progress | None = None
        self.seen: dict[str, float] = {}
        self.checkpoints: dict[Kind, Path] = {}

    def phase(self, name: Phase) -> None:
        self._say(name)

    def progress(self, progress: Progress) -> None:
        self.latest = progress

    def metrics(self, step: int, epoch: int, seconds: float, values: Mapping[str, float]) -> None:
        self.seen.update(values)
        for found, loss in EPOCH_ENDS.items():
            if found in values:
                told = f"loss {self.seen[loss]:.4f}  " if loss in self.seen else ""
                quality = found.partition("/")[2]
                self._say(f"  epoch {epoch}  {told}{quality} {values[found]:.4f}{self._pace()}")

    def artifact(self, path: Path) -> None:
        self._say(f"  {path}")

    def checkpoint(self, saved: Saved) -> None:
        """Keep the newest of each kind: it is on the disk, so the one before is no longer needed."""
        if older := self.checkpoints.get(saved.kind):
            older.unlink(missing_ok=True)
        self.checkpoints[saved.kind] = saved.path

    def log(self, level: Level, message: str) -> None:
        self._say(f"  {level}: {message}")

    def result(self, summary: Summary) -> None:
        quality = "accuracy" if "teacher_accuracy" in summary else "mse"
        teacher, student = summary[f"teacher_{quality}"], summary[f"student_{quality}"]
        ratio = summary["compression"] or 1.0
        smaller = f"the student is {max(ratio, 1 / ratio):.1f} times {'smaller' if ratio >= 1 else 'larger'}"
        self._say(f"test {quality}: teacher {teacher:.4g}, student {student:.4g}; {smaller}")
        for path in self.checkpoints.values():  # nothing goes on from here
            path.unlink(missing_ok=True)

    def error(self, error: DistilleryError) -> None:
        """The run ended without a result."""
        self._say(f"{error.code}: {error.detail}" + (f"\n{error.advice}" if error.advice else ""))

    def cancel_requested(self) -> bool:
        return False

    def suspend_requested(self) -> bool:
        return False

    def stop_requested(self) -> bool:
        return False

    def _pace(self) -> str:
        if self.latest is None or self.latest.images_per_second is None:
            return ""
        return f"  {self.latest.images_per_second:,.0f}/s"

    def _say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - a console is for printing
