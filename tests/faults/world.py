"""A running service to do harm to, and the invariants that must hold afterwards."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from core.files import FileStore
from core.lifecycle import FINISHED
from core.store import artifacts, metrics
from core.store.session import Database
from core.store.tables import Job
from tests.faults.beginnings import note_checkpoints, noted
from tests.faults.invariants import Invariants
from tests.local_service import LocalService, commands, end, environment
from tests.polling import eventually
from tests.stand_in_trainer import STEPS, student_after

LEASE_SECONDS = 2.0
ENVIRONMENT = {
    "DISTILLERY_LEASE_SECONDS": str(LEASE_SECONDS),
    "DISTILLERY_DRAIN_SECONDS": "5",
    "DISTILLERY_STALL_SECONDS": "4",
    "DISTILLERY_TRAINER": "tests.stand_in_trainer",
}


@dataclass
class World:
    """A service on one database, the doors behind it, and the jobs that it accepted."""

    service: LocalService
    database: Database
    accepted: list[str]
    url: str

    @property
    def files(self) -> FileStore:
        return FileStore(self.service.settings.files)

    def submit(self, name: str = "plain", **spec: Any) -> str:
        job_id = self.service.submit(name=name, dataset="digits", **spec)
        self.accepted.append(job_id)
        return job_id

    def pid(self, mark: str) -> int:
        """The process whose command line holds the mark: app.serve, worker.main, stand_in_trainer …"""
        return eventually(lambda: next((p for p, line in self._commands() if mark in line), None), 20)

    def supervisor(self) -> int:
        """The Celery child: it runs the task that watches the trainer."""
        return self.pid("billiard.spawn")

    def broker_socket(self) -> str:
        """Where the broker listens, as its title says."""
        line = dict(self._commands())[self.pid("unixsocket:")]
        return line.split("unixsocket:", 1)[1].split()[0]

    def running(self, name: str = "plain", **spec: Any) -> str:
        """A job whose trainer has made some steps."""
        job_id = self.submit(name, **spec)
        eventually(lambda: self.steps(job_id) > 1, 40)
        return job_id

    def with_a_checkpoint(self, name: str, **spec: Any) -> str:
        """A job that has something to go on from."""
        job_id = self.running(name, **spec)
        eventually(lambda: noted(self.database, job_id), 40)
        return job_id

    def steps(self, job_id: str) -> int:
        with self.database.reading() as session:
            found = [m.count for m in metrics.summaries(session, job_id) if m.name == "train/loss"]
        return found[0] if found else 0

    def act(self, job_id: str, action: str) -> httpx2.Response:
        return self.service.http.post(f"/v1/jobs/{job_id}/{action}")

    def state(self, job_id: str) -> str:
        with self.database.reading() as session:
            job = session.get(Job, job_id)
            assert job is not None
            return job.state

    def until(self, job_id: str, *states: str, seconds: float = 60.0) -> None:
        eventually(lambda: self.state(job_id) in states, seconds)

    def attempt(self, job_id: str) -> int:
        with self.database.reading() as session:
            job = session.get(Job, job_id)
            assert job is not None
            return job.attempt

    def student(self, job_id: str) -> str:
        with self.database.reading() as session:
            digest = artifacts.get(session, job_id, "student.safetensors").digest
        return self.files.path(digest).read_text()

    @contextmanager
    def another(self, module: str) -> Iterator[subprocess.Popen[bytes]]:
        """A second process of a kind, beside the one that the launcher keeps."""
        where = environment(self.service.settings.home, **ENVIRONMENT, DISTILLERY_DATABASE_URL=self.url)
        process = subprocess.Popen([sys.executable, "-m", module], env=where, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            end(process)

    def kill(self, mark: str, with_signal: signal.Signals = signal.SIGKILL) -> int:
        pid = self.pid(mark)
        os.kill(pid, with_signal)
        return pid

    def check(self, *, right: tuple[str, ...] = (), cut_short: int = 0) -> None:
        """The invariants, once everything has come to rest. `right` must have succeeded with every step.

        cut_short    how many attempts may have been killed between their end and their last tidying
        """
        for job_id in self.accepted:
            self.until(job_id, *FINISHED, "paused", seconds=90)
        for job_id in right:
            assert self.state(job_id) == "succeeded"
            assert self.student(job_id) == student_after(STEPS)
        Invariants(self.service, self.database, self.accepted).check(cut_short)

    def _commands(self) -> list[tuple[int, str]]:
        return list(commands(self.service.settings.home).items())


@contextmanager
def world_of(service: LocalService, url: str) -> Iterator[World]:
    """Of a service that is up, on the database at the URL."""
    database = Database(url)
    try:
        note_checkpoints(database)
        yield World(service, database, [], url)
    finally:
        database.close()


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process that the scheduler does not run."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def after(seconds: float) -> None:
    """Let time pass that is itself the fault: a lease has to run out."""
    time.sleep(seconds)
