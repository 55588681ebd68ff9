"""python -m bench.recovery [--rounds 3] [--out FILE]: how long a service takes to be well again.

A local service with its default leases and the real trainer. Each part is killed in turn while a job trains;
the figure is the seconds from the signal until a trainer makes steps again, or until the part does its work.
"""

import argparse
import json
import os
import platform
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.local.stack import Stack
from bench.overhead import JOB, call
from core.settings import Settings

ENDLESS = JOB | {"optimization": {"epochs": 1000, "batch_size": 64}}
PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.05


class Service:
    """A running one, which is watched as `distillery up` watches it."""

    def __init__(self, stack: Stack, home: Path) -> None:
        self.stack = stack
        self.key = (home / "api-key").read_text().strip()
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._revive)
        self._watch.start()

    def close(self) -> None:
        self._ended.set()
        self._watch.join()

    def get(self, path: str) -> Any:
        return call(self.stack.url + path, self.key)

    def training(self) -> str:
        """A new job that has made steps."""
        job = call(f"{self.stack.url}/v1/jobs", self.key, ENDLESS)
        until(lambda: self.last_step(job["id"]) > 0)
        return str(job["id"])

    def last_step(self, job_id: str) -> int:
        """The event of the last step; 0 before the first."""
        told = self.get(f"/v1/jobs/{job_id}/events")["data"]
        return max((event["seq"] for event in told if event["kind"] == "progress"), default=0)

    def cancel(self, job_id: str) -> None:
        call(f"{self.stack.url}/v1/jobs/{job_id}/cancel", self.key, {})
        until(lambda: self.get(f"/v1/jobs/{job_id}")["state"] == "cancelled")

    def pid(self, part: str) -> int:
        """Of a process of the launcher's; of the Celery child, or of its trainer."""
        parents = {"supervisor": "worker", "trainer": "supervisor"}
        return child_of(self.pid(parents[part])) if part in parents else self.stack.processes()[part] or 0

    def _revive(self) -> None:
        while not self._ended.wait(0.5):
            self.stack.watch()


def trains_again(service: Service, part: str, number: signal.Signals = signal.SIGKILL) -> float:
    """A job trains, the part gets the signal: seconds until the next attempt has made steps."""
    job_id = service.training()
    os.kill(service.pid(part), number)
    began = time.monotonic()
    until(lambda: service.get(f"/v1/jobs/{job_id}")["attempt"] == 2)
    before = service.last_step(job_id)
    until(lambda: service.last_step(job_id) > before)
    took = time.monotonic() - began
    service.cancel(job_id)
    return took


def starts_a_job(service: Service, part: str | None = None) -> float:
    """The part is killed: seconds until a job that is submitted at once has made steps."""
    if part is not None:
        os.kill(service.pid(part), signal.SIGKILL)
    began = time.monotonic()
    job_id = service.training()
    took = time.monotonic() - began
    service.cancel(job_id)
    return took


def answers(service: Service) -> float:
    """The API is killed: seconds until it answers a request that needs the database."""
    os.kill(service.pid("api"), signal.SIGKILL)
    began = time.monotonic()
    until(lambda: bool(service.get("/v1/jobs")))
    return time.monotonic() - began


MEASURED: dict[str, Callable[[Service], float]] = {
    "nothing killed: a submitted job trains": starts_a_job,
    "trainer killed: trains again": lambda service: trains_again(service, "trainer"),
    "worker told to end: trains again": lambda service: trains_again(service, "worker", signal.SIGTERM),
    "supervisor killed: trains again": lambda service: trains_again(service, "supervisor"),
    "worker killed: trains again": lambda service: trains_again(service, "worker"),
    "API killed: answers": answers,
    "broker killed: a submitted job trains": lambda service: starts_a_job(service, "broker"),
    "dispatcher killed: a submitted job trains": lambda service: starts_a_job(service, "dispatcher"),
}


def until(holds: Callable[[], bool]) -> None:
    """Ask until it does; a service that is not well now may not answer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"not within {PATIENCE_SECONDS:g} seconds")


def child_of(parent: int) -> int:
    """The one that does the work: beside it multiprocessing keeps a helper of its own."""
    listed = [path.parent for path in Path("/proc").glob("[0-9]*/stat")]
    return next(int(one.name) for one in listed if parent_of(one) == parent and not helps(one))


def parent_of(process: Path) -> int:
    """0 when it has just ended."""
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def helps(process: Path) -> bool:
    return b"_tracker" in (process / "cmdline").read_bytes()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.recovery", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        with Stack(settings, port=0) as stack:
            service = Service(stack, Path(home))
            try:
                seconds = {name: measured(name, service, chosen.rounds) for name in MEASURED}
            finally:
                service.close()
    result = {
        "device": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "lease_seconds": settings.lease_seconds,
        "seconds": seconds,
    }
    if chosen.out:
        chosen.out.write_text(json.dumps(result, indent=1) + "\n")


def measured(name: str, service: Service, rounds: int) -> dict[str, Any]:
    """The figure, several times."""
    values = [round(MEASURED[name](service), 2) for _ in range(rounds)]
    spread = f"{statistics.median(values):6.1f} s ({min(values):.1f} to {max(values):.1f}, n = {rounds})"
    print(f"{name:<45}{spread}", flush=True)
    return {"n": rounds, "median": statistics.median(values), "values": values}


if __name__ == "__main__":
    main()
