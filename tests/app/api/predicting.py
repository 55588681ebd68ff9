"""A service with a real broker and a real predictor, and a job that has taught a student."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import pytest

from app.local import broker
from core.settings import child_environment
from tests.app.visiting import submit
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi, live_api
from tests.local_service import end
from tests.worker.predicting.builders import Taught


@contextmanager
def served(folder: Path, seconds: float, database_url: str | None = None) -> Iterator[LiveApi]:
    """An API whose patience with a predictor ends after so long; its broker can be started beside it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_RUNTIME_DIR", str(folder))
        environment.setenv("DISTILLERY_PREDICT_SECONDS", str(seconds))
        with live_api(folder / "home", database_url) as running:
            running.settings.runtime.mkdir(parents=True)
            assert running.settings.broker_socket.is_relative_to(folder)
            yield running


@contextmanager
def a_broker(api: LiveApi) -> Iterator[subprocess.Popen[bytes]]:
    """It knows nothing of the one before: that was killed, and may have lost its last second."""
    listen = api.settings.broker_socket
    listen.unlink(missing_ok=True)
    with TemporaryDirectory() as folder:
        process = subprocess.Popen(broker.command(listen, Path(folder)), stdout=subprocess.DEVNULL)
        try:
            broker.wait_until_up(listen)
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def a_predictor(api: LiveApi, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """As `distillery up` starts it."""
    patience = {"DISTILLERY_PREDICT_SECONDS": str(api.settings.predict_seconds)}
    surroundings = {"XDG_RUNTIME_DIR": str(api.settings.home.parent)} | patience | more
    process = subprocess.Popen(
        [sys.executable, "-m", "worker.predictor"], env=child_environment(api.settings) | surroundings
    )
    try:
        yield process
    finally:
        end(process)


@dataclass(frozen=True)
class Asking:
    """A caller and a job."""

    http: httpx2.Client
    job: str

    def predict(self, image: bytes, **fields: str) -> httpx2.Response:
        return self.http.post(f"/v1/jobs/{self.job}/predict", files={"file": ("x.png", image)}, data=fields)


def a_taught_job(api: LiveApi, http: httpx2.Client, pair: Taught, scratch: Path) -> str:
    """The id of a job that has succeeded with these networks."""
    job_id: str = submit(http)["id"]
    worker = WorkerByHand(api, scratch)
    for role, content in pair.content.items():
        worker.artifact(f"{role}.safetensors", content)
    worker.succeed()
    return job_id


def children(pid: int) -> list[int]:
    """Processes that it has started and that live."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(pid) and fields[0] != "Z":
            found.append(int(entry))
    return found
