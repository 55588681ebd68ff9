"""Jobs to be asked for, made straight through the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from core import clock, ids
from core.lifecycle import JobState
from core.settings import Settings
from core.spec import JobSpec
from core.store import jobs, keys, migrate
from core.store.session import Database, Session
from core.store.tables import Job

OWNER = "bench"
TOGETHER = 2_000
QUEUED_EVERY, RUNNING = 100, 16
PROGRESS = {"fraction": 0.3, "epoch": 3, "epochs": 10, "images_per_second": 900.0, "eta_seconds": 42.0}
SUMMARY = {"teacher_accuracy": 0.98, "student_accuracy": 0.97, "compression": 4.9, "speedup": 2.1}


@dataclass(frozen=True)
class Content:
    """A home with jobs, and a key that may read and submit them."""

    home: Path
    settings: Settings
    key: str

    def database(self) -> Database:
        return Database(self.settings.database)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        database = self.database()
        with database.writing() as session:
            yield session
        database.close()


def made(home: Path) -> Content:
    """An empty home."""
    settings = Settings(
        home=home, url=None, key=None, database_url=None, broker_url=None, files_url=None, worker_id=None
    )
    home.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    migrate.upgrade(database)
    with database.writing() as session:
        key = keys.create(session, "bench", OWNER, ("read", "submit"))
    database.close()
    return Content(home, settings, key)


def grow(content: Content, total: int) -> None:
    """Add jobs until there are so many: one of a hundred is queued, some run, the others have succeeded."""
    database = content.database()
    with database.writing() as session:
        there = session.scalar(select(func.count()).select_from(Job)) or 0
        submitted = jobs.submit(session, JobSpec(), OWNER)
        like = {column.key: getattr(submitted, column.key) for column in Job.__table__.columns}
    for start in range(there + 1, total, TOGETHER):
        rows = [_row(like, number) for number in range(start, min(start + TOGETHER, total))]
        with database.writing() as session:
            session.execute(insert(Job), rows)
    database.close()


def _row(like: dict[str, Any], number: int) -> dict[str, Any]:
    moment = clock.now()
    row = like | {"id": ids.new("job"), "name": f"job {number}", "created_at": moment}
    if number <= RUNNING:
        return row | {"state": JobState.RUNNING, "phase": "distil", "attempt": 1, "progress": PROGRESS,
                      "started_at": moment}  # fmt: skip
    if number % QUEUED_EVERY == 0:
        return row
    return row | {"state": JobState.SUCCEEDED, "attempt": 1, "summary": SUMMARY, "started_at": moment,
                  "finished_at": moment}  # fmt: skip


def in_state(content: Content, state: JobState, limit: int = RUNNING) -> list[tuple[str, int]]:
    """Id and version of the newest jobs in that state."""
    database = content.database()
    with database.reading() as session:
        query = select(Job.id, Job.version).where(Job.state == state).order_by(Job.id.desc()).limit(limit)
        found = [(job_id, version) for job_id, version in session.execute(query)]
    database.close()
    return found
