"""Tells a reporter how a run goes: phases with their seconds, progress over the whole run, metrics."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from core.errors import Cancelled
from worker.engine.endings import Suspended
from worker.engine.history import History
from worker.engine.ranks import wished
from worker.engine.reporter import Level, Phase, Progress, Reporter, Saved, Summary

# Of the run's fraction; training fills what lies between, every epoch of either network alike.
BEFORE_TRAINING = 0.01
AFTER_TRAINING: dict[Phase, float] = {"evaluate": 0.96, "export": 0.98, "report": 0.99}
TRAINED = 0.96
# While no step is made: how often life is shown, and how long that is believed.
SHOWN_EVERY_SECONDS, LONGEST_SECONDS = 20.0, 3600.0


class Narrator:
    """Stands between the engine's parts and the reporter, and keeps what the report needs.

    planned   epochs of each training phase
    """

    def __init__(self, reporter: Reporter, planned: Mapping[Phase, int]) -> None:
        self.reporter = reporter
        self.planned = dict(planned)
        self.history = History()
        self.seconds: dict[Phase, float] = {}
        self.published: set[str] = set()
        self.started = self.began = time.monotonic()
        self.current: Phase = "load_data"
        self.last = Progress("load_data", 1, max(1, sum(planned.values())), 0, 1, 0.0, None, None)

    @contextmanager
    def phase(self, name: Phase) -> Iterator[None]:
        """Everything inside is this phase; its seconds are kept."""
        self.check()
        if name not in AFTER_TRAINING and self.suspend_requested():
            raise Suspended
        self.current = name
        self.reporter.phase(name)
        if name in AFTER_TRAINING:
            self._progress(
                self.last.epoch, self.last.epochs, self.last.step, self.last.steps, AFTER_TRAINING[name]
            )
        self.began = time.monotonic() - self.seconds.get(name, 0.0)
        yield
        self.seconds[name] = time.monotonic() - self.began

    def skips(self, phase: Phase) -> None:
        """Nothing is trained in that phase, although it was planned."""
        self.planned[phase] = 0

    def check(self) -> None:
        """Raise Cancelled if someone asked for it. All ranks obey at the same step."""
        if wished(self.reporter.cancel_requested()):
            raise Cancelled

    def suspend_requested(self) -> bool:
        """Whether to write a checkpoint and end, to go on later."""
        return wished(self.reporter.suspend_requested())

    def stop_requested(self) -> bool:
        """Whether to end training soon, and go on with what there is."""
        return wished(self.reporter.stop_requested())

    def training(self, epoch: int, step: int, steps: int, pace: float | None) -> None:
        """Progress of the network in training: the epoch it is in, steps done of all, images a second."""
        done = self._epochs_before() + self.planned[self.current] * step / steps
        fraction = BEFORE_TRAINING + (TRAINED - BEFORE_TRAINING) * done / sum(self.planned.values())
        self._progress(epoch, self.planned[self.current], step, steps, fraction, pace)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Show life while something takes long in which no step is made; not for ever."""
        done = Event()

        def show() -> None:
            until = time.monotonic() + LONGEST_SECONDS
            while not done.wait(SHOWN_EVERY_SECONDS) and time.monotonic() < until:
                self.reporter.progress(self.last)

        thread = Thread(target=show, name="busy", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()  # or it may yet tell of a progress that is past

    def metrics(self, step: int, epoch: int, values: Mapping[str, float]) -> None:
        """Keep and report these values; one that is not a finite number can't be sent and is left out."""
        finite = {name: value for name, value in values.items() if math.isfinite(value)}
        seconds = self.elapsed()
        self.history.add(step, epoch, seconds, finite)
        self.reporter.metrics(step, epoch, seconds, finite)

    def log(self, level: Level, message: str) -> None:
        self.reporter.log(level, message)

    def artifact(self, path: Path) -> None:
        self.published.add(path.name)
        self.reporter.artifact(path)

    def checkpoint(self, saved: Saved) -> None:
        self.reporter.checkpoint(saved)

    def result(self, summary: Summary) -> None:
        self._progress(self.last.epoch, self.last.epochs, self.last.step, self.last.steps, 1.0)
        self.reporter.result(summary)

    def spent(self) -> dict[Phase, float]:
        """Seconds of each phase so far, the one under way included."""
        return {**self.seconds, self.current: time.monotonic() - self.began}

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.started

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps: all metrics so far, and the seconds of each phase."""
        return {"rows": self.history.rows, "seconds": self.spent(), "elapsed": self.elapsed()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where an earlier attempt ended; its seconds count."""
        self.history.rows = list(state["rows"])
        self.seconds = dict(state["seconds"])
        self.began -= self.seconds.get(self.current, 0.0)
        self.started -= float(state["elapsed"])

    def _epochs_before(self) -> int:
        phases = list(self.planned)
        return sum(self.planned[phase] for phase in phases[: phases.index(self.current)])

    def _progress(
        self, epoch: int, epochs: int, step: int, steps: int, fraction: float, pace: float | None = None
    ) -> None:
        fraction = max(self.last.fraction, fraction)
        tells = step > 0 and fraction > BEFORE_TRAINING and self.current not in AFTER_TRAINING
        left = self.elapsed() * (1 - fraction) / fraction if tells else None
        self.last = Progress(self.current, epoch, epochs, step, steps, fraction, pace, left)
        self.reporter.progress(self.last)
