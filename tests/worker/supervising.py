"""A supervisor of a test's own, with a real trainer process and a real database."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import LeaseLost
from core.files import FileStore
from core.lifecycle import Action, JobState
from core.settings import Settings
from core.spec import JobSpec
from core.store import attempts, jobs
from core.store.attempts import Claimed
from core.store.session import Database
from worker.holding import Holding
from worker.outcome import Outcome
from worker.resumption import lay_ready
from worker.supervisor import Place, Supervisor


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "attempt"
    folder.mkdir()
    return Place(folder, tmp_path / "data", Holding(tmp_path / "drain", 30.0))


def claimed(database: Database, name: str) -> Claimed:
    with database.writing() as session:
        jobs.submit(session, JobSpec(name=name), "me")
        attempt = attempts.claim(session, "worker", "host", gpus=0)
    assert attempt is not None
    return attempt


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@dataclass(frozen=True)
class Bench:
    """What a supervisor needs, on one database."""

    database: Database
    files: FileStore
    settings: Settings
    place: Place

    def run(self, attempt: Claimed) -> Outcome:
        going_on = lay_ready(self.database, self.files, attempt, self.place.folder)
        supervisor = Supervisor(self.database, self.files, self.settings, attempt, self.place)
        return supervisor.run(going_on)

    def act(self, attempt: Claimed, action: Action) -> None:
        with self.database.writing() as session:
            jobs.act(session, jobs.get(session, attempt.job_id, "me"), action)

    def give_back(self, attempt: Claimed) -> Claimed:
        """Queue the job again, and claim it anew."""
        with self.database.writing() as session:
            attempts.finish(session, attempt, JobState.QUEUED, "suspended")
            again = attempts.claim(session, "another worker", "host", gpus=0)
        assert again is not None
        return again


@pytest.fixture
def bench(database: Database, files: FileStore, settings: Settings, place: Place) -> Bench:
    return Bench(database, files, settings, place)


def in_background(bench: Bench, attempt: Claimed) -> tuple[threading.Thread, list[object]]:
    ends: list[object] = []

    def run() -> None:
        try:
            ends.append(bench.run(attempt))
        except LeaseLost as end:
            ends.append(end)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, ends


def trainers(folder: Path) -> list[int]:
    """Process ids of trainers that work in the folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd") == str(folder):
                found.append(int(pid))
        except OSError:
            continue
    return found
