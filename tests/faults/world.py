"""A running service to do harm to, and the invariants that must hold afterwards."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import text

from core.files import FileStore
from core.lifecycle import FINISHED
from core.store import artifacts, attempts, events, metrics
from core.store.session import Database
from core.store.tables import Attempt, Job
from tests.local_service import LocalService, commands, environment
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
            process.terminate()
            process.wait(60)

    def kill(self, mark: str, with_signal: signal.Signals = signal.SIGKILL) -> int:
        pid = self.pid(mark)
        os.kill(pid, with_signal)
        return pid

    def check(self, *, right: tuple[str, ...] = ()) -> None:
        """The invariants I1 to I10, once everything has come to rest. `right` must have succeeded rightly."""
        for job_id in self.accepted:
            self.until(job_id, *FINISHED, "paused", seconds=90)
        for job_id in right:
            assert self.state(job_id) == "succeeded"
            assert self.student(job_id) == student_after(STEPS)
        self._check_rows()
        self._check_files()
        eventually(lambda: not [line for _, line in self._commands() if "stand_in_trainer" in line], 20)
        listed = {row["id"] for row in every_job(self.service)}
        assert set(self.accepted) <= listed
        self._check_database()
        self._check_logs()

    def _check_rows(self) -> None:
        """Attempts count up, events have no gap, one value a metric and step, one end at a time."""
        with self.database.reading() as session:
            for job_id in self.accepted:
                numbers = session.scalars(text(ATTEMPTS), {"job": job_id}).all()
                assert list(numbers) == list(range(1, len(numbers) + 1))
                found = events.after(session, job_id, 0, limit=5000)
                assert [event.seq for event in found] == list(range(1, len(found) + 1))
                ends = [e for e in found if e.kind == "state" and e.data["state"] in FINISHED]
                job = session.get(Job, job_id)
                assert job is not None
                assert len(ends) <= 1 + job.retries
                open_attempts = session.query(Attempt).filter_by(job_id=job_id, ended_at=None).count()
                assert open_attempts == 0
            assert attempts.running(session) == []

    def _check_files(self) -> None:
        """Every published file is whole: its bytes are what its name says."""
        with self.database.reading() as session:
            found = [artifact for job_id in self.accepted for artifact in artifacts.of_job(session, job_id)]
        for artifact in found:
            self.files.fetch(artifact.digest, Path(self.service.settings.home) / "checked")

    def _check_database(self) -> None:
        if self.database.engine.dialect.name == "sqlite":
            with self.database.reading() as session:
                assert session.scalar(text("PRAGMA integrity_check")) == "ok"
                assert session.execute(text("PRAGMA foreign_key_check")).all() == []

    def _check_logs(self) -> None:
        key = (self.service.settings.home / "api-key").read_text().strip()
        for log in (self.service.settings.home / "logs").glob("*.log"):
            assert key not in log.read_text(errors="replace"), log

    def _commands(self) -> list[tuple[int, str]]:
        return list(commands(self.service.settings.home).items())


ATTEMPTS = "SELECT number FROM attempts WHERE job_id = :job ORDER BY number"


def every_job(service: LocalService) -> Iterator[dict[str, Any]]:
    """Every job, page by page."""
    cursor: dict[str, str] = {}
    while True:
        page = service.http.get("/v1/jobs", params={"limit": 100, **cursor}).json()
        yield from page["data"]
        if not page["has_more"]:
            return
        cursor = {"cursor": page["next_cursor"]}


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
