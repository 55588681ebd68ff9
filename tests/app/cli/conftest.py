"""The command, run in this process against the real service."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli.main import main
from app.client import Distillery, Job
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi

PROGRAM = [sys.executable, "-m", "app.cli.main"]


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit code, its result, and what it said beside it."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def command(
    api: LiveApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """Runs `distillery …` in an empty folder, as a user of the running service."""
    monkeypatch.setenv("DISTILLERY_HOME", str(api.settings.home))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ended:
        code = main(arguments)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run


@pytest.fixture
def work(api: LiveApi, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], WorkerByHand]:
    """A worker takes the oldest job."""
    return lambda: WorkerByHand(api, tmp_path_factory.mktemp("worker"))


@pytest.fixture
def trained(service: Distillery, work: Callable[[], WorkerByHand]) -> Job:
    """A job that has succeeded, with its log and files."""
    job = service.jobs.create(name="digits", dataset="digits")
    worker = work()
    worker.say("loading", "training")
    worker.say("a loss of 0", level="warning")
    worker.artifact("student.safetensors", b"weights")
    worker.artifact("student.pt", b"pickled weights")
    worker.artifact("report.json", b"{}")
    worker.succeed()
    return job.refresh()
