"""Where a job is, as its events tell it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from app.cli.wording import duration, percent
from app.client import Event, Job
from core.lifecycle import FINISHED
from core.spec.tabular import IMAGES

# The mean of an epoch where it is told, else what was measured last in it.
LOSS = (
    "teacher/train/epoch_loss", "baseline/train/epoch_loss", "train/epoch_loss",
    "teacher/train/loss", "baseline/train/loss", "train/loss",
)  # fmt: skip


def how_to_resume(job_id: str) -> str:
    """What is said of a paused job: nothing happens to it until somebody acts."""
    return f"paused: let it go on with `distillery resume {job_id}`"


def things_of(job: Job) -> str:
    """What it learns from, as its task says."""
    return "images" if job.info.resolved_spec.get("task", IMAGES) == IMAGES else "rows"


@dataclass(frozen=True)
class Situation:
    """What was heard last of each thing.

    things    that are learned from: images, or rows of a table
    """

    things: str = "images"
    state: str = "queued"
    phase: str | None = None
    progress: dict[str, Any] = field(default_factory=dict)
    loss: float | None = None
    accuracy: float | None = None
    teacher_accuracy: float | None = None
    mse: float | None = None
    teacher_mse: float | None = None
    wish: str | None = None

    def after(self, event: Event) -> Self:
        """The situation that an event leads to."""
        match event.kind:
            case "state":
                if event.data["state"] in FINISHED:
                    return replace(self, state=event.data["state"])
                # Another attempt begins anew: what an earlier one reached does not count.
                return type(self)(self.things, event.data["state"])
            case "phase":
                return replace(self, phase=event.data["phase"], progress={}, loss=None)
            case "progress":
                return replace(self, progress=event.data)
            case "metrics":
                return self._measured(event.data["values"])
            case "wish":
                return replace(self, wish=event.data["wish"])
        return self

    @property
    def epoch(self) -> str:
        epoch, epochs = self.progress.get("epoch"), self.progress.get("epochs")
        return f"epoch {epoch}/{epochs}" if epoch is not None else ""

    @property
    def numbers(self) -> list[str]:
        """What can be said of speed and quality."""
        asked = f"asked to {self.wish}" if self.wish else ""
        return [text for text in (self._pace(), self._loss(), self._quality(), asked) if text]

    @property
    def left(self) -> str:
        seconds = self.progress.get("eta_seconds")
        return "" if seconds is None else f"{duration(seconds)} left"

    def _measured(self, values: dict[str, float]) -> Self:
        return replace(
            self,
            teacher_accuracy=values.get("teacher/accuracy", self.teacher_accuracy),
            accuracy=values.get("validation/accuracy", self.accuracy),
            teacher_mse=values.get("teacher/mse", self.teacher_mse),
            mse=values.get("validation/mse", self.mse),
            loss=next((values[name] for name in LOSS if name in values), self.loss),
        )

    def _pace(self) -> str:
        pace = self.progress.get("images_per_second")
        return "" if pace is None else f"{pace:,.0f} {self.things}/s"

    def _loss(self) -> str:
        return "" if self.loss is None else f"loss {self.loss:.4f}"

    def _quality(self) -> str:
        """The student's beside the teacher's: accuracies, or of a regression its errors."""
        if self.mse is not None or self.teacher_mse is not None:
            return self._beside("mse", self.mse, self.teacher_mse, "{:.4g}".format)
        return self._beside("accuracy", self.accuracy, self.teacher_accuracy, percent)

    def _beside(
        self, name: str, student: float | None, teacher: float | None, shown: Callable[[float], str]
    ) -> str:
        if student is None:
            whose = name if self.phase == "teacher" else f"{name} of the teacher"
            return "" if teacher is None else f"{whose} {shown(teacher)}"
        beside = "" if teacher is None else f" (teacher {shown(teacher)})"
        return f"{name} {shown(student)}{beside}"
