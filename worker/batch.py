"""What a trainer has said since the last write, held together so that it costs one transaction."""

import math
from dataclasses import dataclass, field
from typing import Any

from core import clock
from core.store import attempts, events, logs, metrics
from core.store.attempts import Claimed
from core.store.session import Session

LONGEST_LOG_LINE = 4096
MOST_LOG_LINES = 20_000
# Every second at first, then as the job grows longer, more rarely: about 500 rows for each doubling.
PROGRESS_SHARE = 500
QUALITIES = ("accuracy", "mse")  # measured at the end of an epoch
_PROGRESS = ("fraction", "epoch", "epochs", "images_per_second", "eta_seconds")


@dataclass
class Batch:
    """Collects events; `write` stores them and starts anew."""

    phase: str | None = None
    progress: dict[str, Any] | None = None
    metrics: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    # The trainer has given its result: what an earlier attempt measured further on is no part of it.
    is_complete: bool = False
    _line: int = 0
    _started: float | None = None
    _progress_at: float = 0.0
    _losses: dict[str, float] = field(default_factory=dict)
    _last_steps: dict[str, int] = field(default_factory=dict)

    def add(self, event: dict[str, Any]) -> None:
        """Take in one event of the trainer's."""
        match event["event"]:
            case "phase":
                self.phase = str(event["phase"])
                self.events.append(("phase", {"phase": self.phase}))
            case "progress":
                self._add_progress(event)
            case "metrics":
                self._add_metrics(event)
            case "log":
                self.add_line(str(event["message"]), str(event["level"]))

    def add_line(self, text: str, level: str = "info") -> None:
        """One line of the log; a runaway log is cut off."""
        if self._line >= MOST_LOG_LINES:
            return
        self._line += 1
        shown = "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in text)
        if self._line == MOST_LOG_LINES:
            shown, level = "the log is cut off here", "warning"
        self.lines.append(
            {"line": self._line, "at": clock.now(), "level": level, "text": shown[:LONGEST_LOG_LINE]}
        )

    def write(self, session: Session, attempt: Claimed) -> Any:
        """Store everything and renew the lease; returns the person's wish.

        LeaseLost    nothing was written: the job belongs to a newer attempt
        """
        values: dict[str, Any] = {"phase": self.phase} if self.phase else {}
        if self.progress is not None:
            values["progress"] = self.progress
        wish = attempts.beat(session, attempt, **values)
        metrics.write(session, attempt.job_id, self.metrics)
        if self.is_complete:
            metrics.drop_past(session, attempt.job_id, self._last_steps)
        logs.write(session, attempt.job_id, attempt.number, self.lines)
        if self.events:
            events.append_all(session, attempt.job_id, self.events)
        return wish

    def holds_something(self) -> bool:
        """Whether anything waits to be written."""
        return bool(self.metrics or self.lines or self.events or self.is_complete)

    def clear(self) -> None:
        """Forget what was written; called after the commit."""
        self.metrics, self.lines, self.events, self.is_complete = [], [], [], False

    def _add_progress(self, event: dict[str, Any]) -> None:
        self.progress = {name: event.get(name) for name in _PROGRESS}
        at = float(event["at"])
        self._started = self._started if self._started is not None else at
        if at - self._progress_at >= max(1.0, (at - self._started) / PROGRESS_SHARE):
            self._progress_at = at
            self.events.append(("progress", {"phase": self.phase, **self.progress}))

    def _add_metrics(self, event: dict[str, Any]) -> None:
        values = {k: float(v) for k, v in event["values"].items() if math.isfinite(v)}
        place = {
            "step": int(event["step"]),
            "epoch": float(event["epoch"]),
            "seconds": float(event["seconds"]),
        }
        self.metrics += [{"name": name, "value": value, **place} for name, value in values.items()]
        self._last_steps |= dict.fromkeys(values, place["step"])
        self._losses |= {name: value for name, value in values.items() if name.endswith("train/loss")}
        if any(name.endswith(QUALITIES) for name in values):
            # The loss is measured before the validation: the event that tells of the epoch holds both.
            self.events.append(("metrics", {**place, "values": self._losses | values}))
            self._losses = {}
