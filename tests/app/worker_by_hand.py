"""Moves jobs along as a worker would, one step at a time and when the test says so."""

from pathlib import Path
from typing import Any

from core import clock
from core.lifecycle import JobState
from core.store import artifacts, attempts, events, logs, metrics
from core.store.attempts import Claimed
from tests.live_api import LiveApi

SUMMARY = {"teacher_accuracy": 0.98, "student_accuracy": 0.97, "compression": 5.0, "speedup": 2.0}


class WorkerByHand:
    """One attempt at the oldest queued job."""

    def __init__(self, api: LiveApi, scratch: Path) -> None:
        self._api = api
        self._scratch = scratch
        self._lines = 0
        with api.database.writing() as session:
            claimed = attempts.claim(session, "by-hand", "here", 0)
        assert claimed is not None, "no job was queued"
        self.attempt: Claimed = claimed

    def phase(self, name: str) -> None:
        self._happen("phase", {"phase": name}, phase=name)

    def progress(self, epoch: int, epochs: int, phase: str = "distil") -> None:
        progress = {
            "fraction": epoch / epochs, "epoch": epoch, "epochs": epochs,
            "images_per_second": 1234.5, "eta_seconds": 42.0,
        }  # fmt: skip
        self._happen("progress", {"phase": phase, **progress}, phase=phase, progress=progress)

    def reuses(self, model_id: str, job_id: str) -> None:
        """Take the teacher of an earlier job."""
        self._happen("teacher_reused", {"model": model_id, "job": job_id})

    def metrics(self, epoch: int, **values: float) -> None:
        """Values of one epoch; `validation_accuracy=0.9` is validation/accuracy."""
        named = {name.replace("_", "/", 1): value for name, value in values.items()}
        place = {"step": epoch * 10, "epoch": float(epoch), "seconds": float(epoch)}
        with self._api.database.writing() as session:
            rows = [{"name": name, "value": value, **place} for name, value in named.items()]
            metrics.write(session, self.attempt.job_id, rows)
        self._happen("metrics", {**place, "values": named})

    def say(self, *lines: str, level: str = "info") -> None:
        """Write lines into the log."""
        rows = [self._line(text, level) for text in lines]
        with self._api.database.writing() as session:
            logs.write(session, self.attempt.job_id, self.attempt.number, rows)

    def _line(self, text: str, level: str) -> dict[str, Any]:
        self._lines += 1
        return {"line": self._lines, "at": clock.now(), "level": level, "text": text}

    def artifact(self, name: str, content: bytes) -> str:
        """Publish a file; returns its sha256."""
        path = self._scratch / name
        path.write_bytes(content)
        blob = self._api.files.put(path)
        row = {
            "name": name, "digest": blob.digest, "bytes": blob.bytes, "media_type": "application/octet-stream"
        }  # fmt: skip
        with self._api.database.writing() as session:
            artifacts.record(session, self.attempt.job_id, self.attempt.number, [row])
        return blob.digest

    def succeed(self) -> None:
        self._finish(JobState.SUCCEEDED, summary=SUMMARY)

    def fail(self) -> None:
        error = {
            "code": "diverged", "detail": "the loss is nan", "phase": "distil", "attempt": 1,
            "retryable": False, "hint": "Go slower.",
        }  # fmt: skip
        self._finish(JobState.FAILED, error=error)

    def lose(self) -> None:
        """Vanish, so that the job is queued again."""
        error = {"code": "worker_lost", "detail": "it vanished"}
        self._finish(JobState.QUEUED, error=error)

    def suspend(self) -> None:
        """Give the job back with a checkpoint, as for a pause or when the worker shuts down."""
        self._finish(JobState.QUEUED)

    def end_cancelled(self) -> None:
        self._finish(JobState.CANCELLED)

    def _finish(self, state: JobState, **values: Any) -> None:
        with self._api.database.writing() as session:
            attempts.finish(session, self.attempt, state, state.value, **values)

    def _happen(self, kind: str, data: dict[str, Any], **values: Any) -> None:
        with self._api.database.writing() as session:
            attempts.beat(session, self.attempt, **values)
            events.append(session, self.attempt.job_id, kind, data)
