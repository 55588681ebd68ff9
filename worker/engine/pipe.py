"""The engine's side of the pipes to a supervisor: events up, commands down, one JSON object a line."""

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import DistilleryError
from worker.engine.reporter import ConsoleReporter, Level, Phase, Progress, Saved, Summary

FULL = 1000  # lines waiting; beyond it progress is dropped, as the next one tells the same and more
DRAIN_SECONDS = 10.0
ABANDONED = 1  # exit code; nobody is left to read it


class PipeReporter:
    """Writes events to a file descriptor from a thread of its own: a slow reader never holds up training.

    What a person would read on the console goes there too: the supervisor keeps it as the job's log.
    """

    def __init__(self, events: int) -> None:
        self.events = events
        self.lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.console = ConsoleReporter()
        self.current: Phase | None = None
        self.asked: set[str] = set()
        self.finished = threading.Event()
        self.writer = threading.Thread(target=self._write, name="events", daemon=True)
        self.writer.start()

    def phase(self, name: Phase) -> None:
        self.current = name
        self.console.phase(name)
        self._send("phase", phase=name)

    def progress(self, progress: Progress) -> None:
        self.console.progress(progress)
        if self.lines.qsize() < FULL:
            self._send("progress", **asdict(progress))

    def metrics(self, step: int, epoch: int, seconds: float, values: Mapping[str, float]) -> None:
        self.console.metrics(step, epoch, seconds, values)
        self._send("metrics", step=step, epoch=epoch, seconds=seconds, values=dict(values))

    def artifact(self, path: Path) -> None:
        self._send("artifact", name=path.name, path=str(path.resolve()), bytes=path.stat().st_size)

    def checkpoint(self, saved: Saved) -> None:
        self._send("checkpoint", **{**asdict(saved), "path": str(saved.path.resolve())})

    def log(self, level: Level, message: str) -> None:
        self._send("log", level=level, message=message)

    def result(self, summary: Summary) -> None:
        self.console.result(summary)
        self._send("result", summary=summary)

    def error(self, error: DistilleryError) -> None:
        """The run ended without a result."""
        self.console.error(error)
        self._send(
            "error",
            code=error.code,
            detail=error.detail,
            hint=error.advice,
            phase=self.current,
            retryable=error.retryable,
        )

    def cancel_requested(self) -> bool:
        return "cancel" in self.asked

    def suspend_requested(self) -> bool:
        return "suspend" in self.asked

    def stop_requested(self) -> bool:
        return "stop" in self.asked

    def close(self) -> None:
        """Wait until everything is written, though not for ever."""
        self.finished.set()
        self.lines.put(None)
        self.writer.join(DRAIN_SECONDS)

    def _send(self, event: str, **fields: Any) -> None:
        line = json.dumps({"event": event, "at": time.time(), **fields}, allow_nan=False)
        self.lines.put(line.encode() + b"\n")

    def _write(self) -> None:
        try:
            with os.fdopen(self.events, "wb", buffering=0) as pipe:
                while (line := self.lines.get()) is not None:
                    pipe.write(line)
        except OSError:
            _abandon("nobody reads the events any more")


def listen(control: int, reporter: PipeReporter) -> None:
    """Obey the commands that come down this file descriptor, from a thread of its own."""
    threading.Thread(target=_obey, args=(control, reporter), name="control", daemon=True).start()


def _obey(control: int, reporter: PipeReporter) -> None:
    with os.fdopen(control, "rb", buffering=0) as pipe:
        for line in pipe:
            match _command(line):
                case "cancel" | "suspend" | "stop" as wish:
                    reporter.asked.add(wish)
                case command:
                    reporter.log("warning", f"unknown command {command!r} is ignored")
    if not reporter.finished.is_set():
        _abandon("the supervisor is gone")


def _command(line: bytes) -> Any:
    try:
        document = json.loads(line)
    except ValueError:
        return line.decode(errors="replace")
    return document.get("command") if isinstance(document, dict) else document


def _abandon(why: str) -> None:
    """End at once: without a supervisor, nobody would take the result."""
    sys.stderr.write(f"{why}: the trainer ends\n")
    sys.stderr.flush()
    os._exit(ABANDONED)
