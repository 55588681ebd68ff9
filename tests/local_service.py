"""`distillery up` as a process of its own, on a home of its own, with the stand-in for the trainer."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from core.settings import Settings
from tests.polling import eventually

START_SECONDS = 60.0
END_SECONDS = 60.0
# A busy machine is slow; no answer at all is what fails.
ANSWER_SECONDS = 30.0


@dataclass(frozen=True)
class LocalService:
    """A running service and its launcher."""

    launcher: subprocess.Popen[str]
    settings: Settings
    http: httpx2.Client

    def submit(self, **spec: Any) -> str:
        reply = self.http.post("/v1/jobs", json=spec)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        job: dict[str, Any] = self.http.get(f"/v1/jobs/{job_id}").json()
        return job

    def wait_for(self, job_id: str, *states: str, seconds: float = 60.0) -> dict[str, Any]:
        return eventually(lambda: job if (job := self.job(job_id))["state"] in states else None, seconds)

    def stop(self, with_signal: signal.Signals = signal.SIGINT) -> int:
        self.launcher.send_signal(with_signal)
        return self.launcher.wait(60)


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DISTILLERY_")}
    return kept | {"DISTILLERY_HOME": str(home), "XDG_RUNTIME_DIR": str(home.parent)} | more


def launch(home: Path, more: Mapping[str, str], port: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "app.cli.main", "up", "--port", str(port)]
    return subprocess.Popen(
        command, env=environment(home, **more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip


@contextmanager
def local_service(home: Path, **more: str) -> Iterator[LocalService]:
    """Up inside, stopped afterwards."""
    launcher = launch(home, {"DISTILLERY_TRAINER": "tests.stand_in_trainer"} | more)
    try:
        url_file = home / "url"
        eventually(lambda: url_file.exists() or launcher.poll() is not None, START_SECONDS)
        assert launcher.poll() is None, launcher.communicate()[0]
        key = (home / "api-key").read_text().strip()
        headers = {"Authorization": f"Bearer {key}"}
        url = url_file.read_text().strip()
        with httpx2.Client(base_url=url, headers=headers, timeout=ANSWER_SECONDS) as http:
            yield LocalService(launcher, Settings(home=home), http)
    finally:
        try:
            end(launcher, signal.SIGINT)
        finally:
            end_all(home)


def end(process: subprocess.Popen[Any], with_signal: signal.Signals = signal.SIGTERM) -> None:
    """Ask it to end, and see to it that it does: it fails, but only once nothing is left of it."""
    process.send_signal(with_signal)
    try:
        process.communicate(timeout=END_SECONDS)
    finally:
        process.kill()
        process.wait()


def end_all(home: Path) -> None:
    """Kill whatever still serves this home, also what was started meanwhile."""

    def is_gone() -> bool:
        left = commands(home)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not left

    eventually(is_gone, END_SECONDS)


def commands(home: Path) -> dict[int, str]:
    """The command line of each process that serves this home.

    The broker shows its socket only, and a trainer its folder: it is given no environment of the service's.
    """
    found = {}
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        environ, line = read(pid, "environ"), read(pid, "cmdline")
        marks = (f"{home}/".encode(), f"unixsocket:{home.parent}".encode())
        if f"DISTILLERY_HOME={home}\0".encode() in environ or any(mark in line for mark in marks):
            found[pid] = line.replace(b"\0", b" ").decode()
    return found


def read(pid: int, name: str) -> bytes:
    """What /proc says of a process; nothing when it has just ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
