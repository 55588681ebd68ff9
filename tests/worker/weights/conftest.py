"""The program that reads weights, ready to be run on whatever a test makes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# Small, so that a test can outgrow it.
MEMORY, CPU_SECONDS = 300 << 20, 30


@dataclass(frozen=True)
class Done:
    """What a run left.

    memory    at its highest, with the libraries
    """

    status: int
    memory: int
    out: Path
    report: dict[str, Any]

    @property
    def error(self) -> dict[str, Any]:
        return self.report.get("error", {})


def refused(done: Done) -> dict[str, Any]:
    """Why."""
    assert (done.status, done.error["code"]) == (1, "model_refused")
    return done.error


class Reader:
    """Runs the program in `folder`; what it leaves there is removed before the next run."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self._folder = folder

    def __call__(self, content: bytes, told: dict[str, Any] | None = None, **limits: int) -> Done:
        self._folder.mkdir(exist_ok=True)
        source, out, report = (self._folder / name for name in ("sent", "out.safetensors", "report.json"))
        for path in (out, report):
            path.unlink(missing_ok=True)
        source.write_bytes(content)
        bounds = {"memory_bytes": MEMORY, "cpu_seconds": CPU_SECONDS} | limits
        options = [f"--{name.replace('_', '-')}={value}" for name, value in bounds.items()]
        if told is not None:
            (self._folder / "told.json").write_text(json.dumps(told))
            options += ["--told", str(self._folder / "told.json")]
        done = self._run([str(source), "--out", str(out), "--report", str(report), *options])
        (self._folder / "told.json").unlink(missing_ok=True)
        return Done(**done, out=out, report=json.loads(report.read_text()) if report.exists() else {})

    def left(self) -> set[str]:
        """What lies in the folder beside what was sent."""
        return {path.name for path in self._folder.iterdir()} - {"sent"}

    def _run(self, arguments: list[str]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        done: dict[str, Any] = json.loads(self.process.stdout.readline())
        return done


@pytest.fixture(scope="session")
def reading_process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.worker.weights.reader"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def reader(reading_process: subprocess.Popen[str], tmp_path: Path) -> Reader:
    return Reader(reading_process, tmp_path / "staging")
