"""A job as lines: one an epoch, for a pipe or a log."""

from typing import Any, Self

from app.cli.following.situation import Situation
from app.cli.screen import say
from app.client import Event
from core.lifecycle import JobState

# What is measured once an epoch, of the teacher and of the student.
EPOCH = {"teacher/accuracy", "validation/accuracy"}


class Lines:
    """Says on stderr what an event brings."""

    def __init__(self) -> None:
        self._situation = Situation()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def hear(self, event: Event) -> None:
        self._situation = self._situation.after(event)
        match event.kind:
            case "state":
                say(_state(event.data))
            case "phase":
                say(event.data["phase"])
            case "wish":
                say(f"asked to {event.data['wish']}")
            case "metrics" if EPOCH & event.data["values"].keys():
                self._epoch(event)

    def _epoch(self, event: Event) -> None:
        epochs = self._situation.progress.get("epochs")
        number = f"epoch {event.data['epoch']:.0f}" + (f"/{epochs}" if epochs else "")
        say("   ".join([f"  {number:<12}", *self._situation.numbers]))


def _state(data: dict[str, Any]) -> str:
    """Another attempt says so, and why there has to be one."""
    if data.get("attempt", 1) > 1:
        return f"{data['state']}, attempt {data['attempt']}"
    if data["state"] == JobState.QUEUED and data.get("error"):
        return f"queued again after {data['error']['code']}: {data['error']['detail']}"
    return str(data["state"])
