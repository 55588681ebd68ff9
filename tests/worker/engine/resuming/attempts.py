"""Attempts of a job, each a process of its own that can be killed; what they report is kept for the next.

The processes are forked from one that has loaded torch already, since that takes longer than a tiny training.
"""

import csv
import hashlib
import json
import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from core.spec import JobSpec
from tests.worker.engine.builders import a_split

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["worker.engine.distill"])
DEADLINE_SECONDS = 120.0

Event = dict[str, Any]

TINY: dict[str, Any] = {
    "dataset": {"kind": "builtin", "name": "cifar10"},
    "teacher": {"architecture": "mobilenet_v2", "width": 0.2, "source": {"kind": "train", "epochs": 2}},
    "student": {"architecture": "mobilenet_v2", "width": 0.1},
    "optimization": {"epochs": 2, "batch_size": 16, "compile": "off"},
    "evaluation": {"latency_batches": []},
}
STEPS = 4  # in an epoch of these


def tiny_data(folder: Path) -> Path:
    """A packed data set of 8 × 8 images, under a name that specs know."""
    train, test = a_split(72), a_split(24)
    tensors = {
        "train_images": train.images, "train_labels": train.labels,
        "test_images": test.images, "test_labels": test.labels,
    }  # fmt: skip
    save_file(tensors, folder / "cifar10.safetensors", {"classes": json.dumps(list("abcd"))})
    return folder


def tiny(**changes: Any) -> JobSpec:
    """The tiny job with these fields changed; a field of a field may be named alone."""
    document = {**TINY, **changes}
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(TINY.get(name), dict):
            document[name] = {**TINY[name], **value}
    return JobSpec.model_validate(document)


def _train(arguments: list[str], events: Path, control: Path) -> None:
    """The trainer's own main, in a new process."""
    from worker.engine.__main__ import main

    told = os.open(events, os.O_WRONLY | os.O_CREAT, 0o600)
    heard = os.open(control, os.O_RDONLY)
    raise SystemExit(main([*arguments, "--events-fd", str(told), "--control-fd", str(heard)]))


def metrics_of(out: Path) -> list[tuple[str, ...]]:
    """The lines of metrics.csv, without the seconds, and without what an attempt found in its cache."""
    with (out / "metrics.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["name"] != "train/teacher_cache/hits"]
    return [tuple(value for name, value in row.items() if name != "seconds") for row in rows]


class Attempt:
    """One process, from its start to its end."""

    def __init__(self, folder: Path, arguments: list[str]) -> None:
        self.out = folder / "out"
        self.file = folder / "events.jsonl"
        control = folder / "control"
        os.mkfifo(control)
        self.process = FORKS.Process(
            target=_train, args=([*arguments, "--out", str(self.out)], self.file, control)
        )
        self.process.start()
        self.control = os.open(control, os.O_WRONLY)

    def events(self) -> list[Event]:
        lines = self.file.read_text().splitlines(keepends=True) if self.file.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def until(self, event: str, **fields: Any) -> Event:
        """The first event of this kind with these fields."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline and self.process.is_alive():
            for heard in self.events():
                if heard["event"] == event and fields.items() <= heard.items():
                    return heard
            time.sleep(0.01)
        raise AssertionError(f"no {event}: {self.events()[-3:]}")

    def until_student(self, step: int) -> None:
        """The student has made so many steps."""
        self.until("phase", phase="distil")
        while self.student_steps() < step:
            assert self.process.is_alive(), self.events()[-3:]
            time.sleep(0.01)

    def student_steps(self) -> int:
        """As the losses tell."""
        losses = [event["step"] for event in self.all("metrics") if "train/loss" in event["values"]]
        return max(losses, default=0)

    def ask(self, command: str) -> None:
        os.write(self.control, json.dumps({"command": command}).encode() + b"\n")

    def end(self) -> int | None:
        """Its exit status; negative is a signal."""
        self.process.join(DEADLINE_SECONDS)
        os.close(self.control)
        return self.process.exitcode

    def all(self, event: str) -> list[Event]:
        return [heard for heard in self.events() if heard["event"] == event]

    def error(self) -> Event:
        (error,) = self.all("error")
        return error

    def report(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.out / "report.json").read_text())
        return document

    def sha256(self, name: str) -> str:
        return hashlib.sha256((self.out / name).read_bytes()).hexdigest()

    def metrics(self) -> list[tuple[str, ...]]:
        """The lines of metrics.csv, without the seconds."""
        return metrics_of(self.out)


class Job:
    """A spec and what its attempts have reported."""

    def __init__(self, folder: Path, data: Path, spec: JobSpec) -> None:
        self.folder = folder
        self.data = data
        self.kept: dict[str, Event] = {}
        self.attempts = 0
        folder.mkdir(exist_ok=True)
        self.spec = folder / "job.json"
        self.spec.write_text(spec.model_dump_json())

    def start(self, *more: str, seconds: float = 0.0) -> Attempt:
        """Go on from what is kept, if anything is."""
        self.attempts += 1
        folder = self.folder / f"{self.attempts}"
        folder.mkdir()
        return Attempt(folder, [*self.arguments(seconds), *more])

    def arguments(self, seconds: float) -> list[str]:
        options = {"--resume": self.kept.get("training"), "--teacher": self.kept.get("teacher")}
        found = [word for option, kept in options.items() if kept for word in (option, kept["path"])]
        return [str(self.spec), "--data", str(self.data), "--checkpoint-seconds", str(seconds), *found]

    def keep(self, attempt: Attempt) -> None:
        """Remember the newest checkpoint of each kind."""
        self.kept |= {event["kind"]: event for event in attempt.all("checkpoint")}

    def run(self, *more: str, seconds: float = 0.0) -> Attempt:
        """An attempt to its end."""
        attempt = self.start(*more, seconds=seconds)
        attempt.end()
        self.keep(attempt)
        return attempt


def without(document: Any, path: tuple[str, ...]) -> Any:
    """The document without the field at this path."""
    first, *rest = path
    if not rest:
        return {name: value for name, value in document.items() if name != first}
    return {**document, first: without(document[first], tuple(rest))}


def fields(document: Mapping[Any, Any], within: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every field; what has numbers or weights for names is one field."""
    for name, value in document.items():
        yield (*within, name)
        if isinstance(value, Mapping) and all(isinstance(n, str) and "." not in n for n in value):
            yield from fields(value, (*within, name))
