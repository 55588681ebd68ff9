"""A job as lines: one an epoch, for a pipe or a log."""

from typing import Any, Self

from app.cli.following.situation import Situation, how_to_resume
from app.cli.screen import say
from app.client import Event
from core.lifecycle import FINISHED, JobState

# What is measured once an epoch, of the teacher and of the student.
EPOCH = {"teacher/accuracy", "validation/accuracy", "teacher/mse", "validation/mse"}


class Lines:
    """Says on stderr what an event brings."""

    def __init__(self, job_id: str, things: str) -> None:
        self._job_id = job_id
        self._situation = Situation(things)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def hear(self, event: Event) -> None:
        before, self._situation = self._situation, self._situation.after(event)
        match event.kind:
            case "state":
                say(self._state(event.data, before.state))
            case "phase":
                say(event.data["phase"])
            case "wish":
                say(f"asked to {event.data['wish'] or 'go on after all'}")
            case "metrics" if EPOCH & event.data["values"].keys():
                self._epoch(event)

    def _epoch(self, event: Event) -> None:
        epochs = self._situation.progress.get("epochs")
        number = f"epoch {event.data['epoch']:.0f}" + (f"/{epochs}" if epochs else "")
        say("   ".join([f"  {number:<12}", *self._situation.numbers]))

    def _state(self, data: dict[str, Any], before: str) -> str:
        """Another attempt says so, and why there has to be one."""
        match data["state"]:
            case JobState.RUNNING if data.get("attempt", 1) > 1:
                return f"running, attempt {data['attempt']}"
            case JobState.QUEUED:
                return _queued(data.get("error"), before)
            case JobState.PAUSED:
                return how_to_resume(self._job_id)
        return str(data["state"])


def _queued(error: dict[str, Any] | None, before: str) -> str:
    """Why a job waits, by what it did before."""
    if error:
        return f"queued again after {error['code']}: {error['detail']}"
    if before == JobState.PAUSED:
        return "resumed: queued again"
    if before == JobState.RUNNING:
        return "queued again: its worker gave it back"
    return "retried: queued again" if before in FINISHED else "queued"
