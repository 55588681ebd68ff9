"""What holds of every service that came to rest, whatever was done to it: I1 to I7, I9 and I10.

I8, how long it takes until all is well again, is for each test to say.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from core.files import FileStore
from core.lifecycle import FINISHED, JobState
from core.store import artifacts, attempts, events
from core.store.session import Database, Session
from core.store.tables import Attempt, Event, Job, LogLine, Metric
from tests.faults.beginnings import began, ought_to_begin
from tests.local_service import LocalService, commands
from tests.polling import eventually
from tests.stand_in_trainer import student_after

QUIET_SECONDS = 20.0


@dataclass(frozen=True)
class Invariants:
    """Of the jobs that were accepted."""

    service: LocalService
    database: Database
    accepted: list[str]

    @property
    def files(self) -> FileStore:
        return FileStore(self.service.settings.files)

    def check(self, cut_short: int) -> None:
        """All of them. So many attempts may have been killed between their end and their last tidying."""
        self._no_job_is_lost()
        for job_id in self.accepted:
            with self.database.reading() as session:
                job = session.get_one(Job, job_id)
                self._ends_as_often_as_it_was_asked_for(session, job)
                self._attempts_count_up(session, job)
                self._artifacts_are_whole(session, job)
                self._metrics_have_one_value(session, job)
                self._student_is_that_of_an_undisturbed_run(session, job)
            self._goes_on_where_it_was(job)
        self._nothing_is_left_over(cut_short)
        self._database_is_sound()
        self._no_log_holds_the_key()

    def _ends_as_often_as_it_was_asked_for(self, session: Session, job: Job) -> None:
        """I1: one end, and one more after each retry; and the events tell it without a gap."""
        found = events.after(session, job.id, 0, limit=5000)
        assert [event.seq for event in found] == list(range(1, job.event_seq + 1)), job.id
        ends = [e.data["state"] for e in found if e.kind == "state" and e.data["state"] in FINISHED]
        assert len(ends) == job.retries + (job.state in FINISHED), f"{job.id}: {ends}, {job.retries} retries"
        assert job.state not in FINISHED or ends[-1] == job.state

    def _artifacts_are_whole(self, session: Session, job: Job) -> None:
        """I2: what can be downloaded is whole, once a name, and of the newest attempt if the job succeeded.

        Another end may leave what an earlier attempt had: who is cancelled before the next one has a student.
        """
        found = artifacts.of_job(session, job.id)
        assert len({artifact.name for artifact in found}) == len(found)
        for artifact in found:
            self.files.fetch(artifact.digest, Path(self.service.settings.home) / "checked")
            assert 1 <= artifact.attempt <= job.attempt, job.id
            assert job.state != JobState.SUCCEEDED or artifact.attempt == job.attempt, job.id

    def _attempts_count_up(self, session: Session, job: Job) -> None:
        """I3: every claim has a number of its own, one more than the last, and none is still open."""
        query = select(Attempt).where(Attempt.job_id == job.id).order_by(Attempt.number)
        tried, numbers = session.scalars(query).all(), list(range(1, job.attempt + 1))
        claims = select(Event).where(Event.job_id == job.id, Event.kind == "state").order_by(Event.seq)
        claimed = [e.data["attempt"] for e in session.scalars(claims) if e.data["state"] == "running"]
        assert [attempt.number for attempt in tried] == claimed == numbers, job.id
        assert all(attempt.ended_at and attempt.outcome for attempt in tried), job.id

    def _no_job_is_lost(self) -> None:
        """I4: what was accepted is listed, once; and nothing still runs."""
        listed = [row["id"] for row in every_job(self.service)]
        assert len(listed) == len(set(listed))
        assert set(self.accepted) <= set(listed)
        with self.database.reading() as session:
            assert attempts.running(session) == []

    def _metrics_have_one_value(self, session: Session, job: Job) -> None:
        """I5: one value a metric and step; of a job that succeeded each step, as the stand-in gives them."""
        query = select(Metric.name, Metric.step, Metric.value).where(Metric.job_id == job.id)
        found = session.execute(query.order_by(Metric.step)).all()
        assert len({(row.name, row.step) for row in found}) == len(found), job.id
        if job.state == JobState.SUCCEEDED:
            losses = [(row.step, row.value) for row in found if row.name == "train/loss"]
            assert losses == [(step, 1 / step) for step in range(1, len(losses) + 1)], job.id

    def _student_is_that_of_an_undisturbed_run(self, session: Session, job: Job) -> None:
        """I6: to the last bit; of as many steps as its report says."""
        if job.state == JobState.SUCCEEDED:
            found = {artifact.name: artifact.digest for artifact in artifacts.of_job(session, job.id)}
            steps = json.loads(self.files.path(found["report.json"]).read_bytes())["steps"]
            assert self.files.path(found["student.safetensors"]).read_text() == student_after(steps), job.id

    def _goes_on_where_it_was(self, job: Job) -> None:
        """I6 again: no attempt begins before the newest sound checkpoint that an earlier one stored."""
        due, found = ought_to_begin(self.database, job.id), began(self.database, job.id)
        if job.state == JobState.SUCCEEDED:
            # One without a line made no step, and went on from nothing: that it would have said.
            found.setdefault(job.attempt, 0)
        for number, step in found.items():
            told = f"{job.id}: attempt {number} began at step {step}, not at {due[number]}"
            assert step == due[number], told

    def _nothing_is_left_over(self, cut_short: int) -> None:
        """I7: no process, no half file, no work folder. What was killed could not tidy up after itself."""
        settings = self.service.settings
        with self.database.reading() as session:
            query = select(Attempt.job_id, Attempt.number).where(Attempt.outcome == "lost")
            lost = {settings.work / row.job_id / f"a{row.number}" for row in session.execute(query)}
        excused = len(lost) + cut_short
        work = f"{settings.work}/"
        eventually(lambda: not [c for c in commands(settings.home).values() if work in c], QUIET_SECONDS)
        eventually(lambda: len(set(settings.work.glob("*/a*")) - lost) <= cut_short, QUIET_SECONDS)
        eventually(lambda: len(list(self.files.root.rglob("*.partial"))) <= excused, QUIET_SECONDS)

    def _database_is_sound(self) -> None:
        """I9: as SQLite itself sees it; PostgreSQL has no such question, and lets no key point nowhere."""
        if self.database.engine.dialect.name == "sqlite":
            with self.database.reading() as session:
                assert session.scalar(text("PRAGMA integrity_check")) == "ok"
                assert session.execute(text("PRAGMA foreign_key_check")).all() == []

    def _no_log_holds_the_key(self) -> None:
        """I10: neither those of the processes nor those of the jobs."""
        home = self.service.settings.home
        key = (home / "api-key").read_text().strip()
        for log in (home / "logs").glob("*.log"):
            assert key not in log.read_text(errors="replace"), log
        query = select(func.count()).select_from(LogLine).where(LogLine.text.contains(key, autoescape=True))
        with self.database.reading() as session:
            assert session.scalar(query) == 0


def every_job(service: LocalService) -> Iterator[dict[str, Any]]:
    """Every job, page by page."""
    cursor: dict[str, str] = {}
    while True:
        page = service.http.get("/v1/jobs", params={"limit": 100, **cursor}).json()
        yield from page["data"]
        if not page["has_more"]:
            return
        cursor = {"cursor": page["next_cursor"]}
