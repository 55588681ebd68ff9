"""The packing program, ready to be run on whatever a test makes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.schemas.previews import PreviewView
from worker.engine.data import packed
from worker.engine.data.dataset import Dataset

# Small, so that a test can outgrow each of them; enough for what a test means well.
LIMITS = {"memory_bytes": 400 << 20, "cpu_seconds": 60, "image_pixels": 1 << 20, "file_bytes": 8 << 20}


@dataclass(frozen=True)
class Done:
    """What a run left."""

    status: int
    seconds: float
    memory: int
    out: Path
    report: dict[str, Any]

    @property
    def error(self) -> dict[str, Any]:
        return self.report.get("error", {})

    def load(self) -> Dataset:
        """The set, as the engine reads it."""
        return packed.load(self.out.stem, self.out.parent)


class Packer:
    """Runs the program in `folder`; what it leaves there is removed before the next run."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self._folder = folder

    def __call__(self, source: Path, *options: str, limits: dict[str, Any] | None = None) -> Done:
        self._folder.mkdir(exist_ok=True)
        out, report = self._folder / "set.safetensors", self._folder / "report.json"
        out.unlink(missing_ok=True)
        report.unlink(missing_ok=True)
        bounds = json.dumps(LIMITS | (limits or {}))
        arguments = [str(source), "--out", str(out), "--report", str(report), "--limits", bounds, *options]
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        done = json.loads(self.process.stdout.readline())
        said = json.loads(report.read_text()) if report.exists() else {}
        _is_shown(said)
        return Done(**done, out=out, report=said)


def _is_shown(report: dict[str, Any]) -> None:
    """Whatever a report says is what the API says that a preview may hold."""
    shown = PreviewView.model_validate({"id": "ds_1", "state": "ready", "preview": report})
    assert shown.model_dump(mode="json", exclude_unset=True)["preview"] == report


@pytest.fixture(scope="session")
def packing_process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.worker.packing.packer"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def pack(packing_process: subprocess.Popen[str], tmp_path: Path) -> Packer:
    return Packer(packing_process, tmp_path / "staging")
