"""What is kept in words is what would be written anew."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.job_views import view_of
from app.job_words import JobWords
from app.kept import MOST, Kept
from core import clock
from core.lifecycle import JobState
from core.store import attempts, polled, workers
from core.store.polled import Moment
from core.store.session import Database
from core.store.tables import Job
from tests.builders import a_finished_job, a_job, a_running_job, cancel, lose


def running(database: Database) -> str:
    attempt = a_running_job(database, name="läuft", tags=["a", "b"])
    with database.writing() as session:
        attempts.beat(session, attempt, progress={"fraction": 0.5, "epoch": 1})
    return attempt.job_id


def lost(database: Database) -> str:
    attempt = a_running_job(database)
    lose(database, attempt)
    return attempt.job_id


def cancelled(database: Database) -> str:
    job_id = a_job(database)
    cancel(database, job_id)
    return job_id


STORIES: dict[str, Callable[[Database], str]] = {
    "queued": lambda database: a_job(database, student="resnet18", resources={"gpus": 1}),
    "running": running, "lost": lost, "cancelled": cancelled, "succeeded": a_finished_job,
    "failed": lambda database: a_finished_job(database, to=JobState.FAILED),
}  # fmt: skip


def moment(database: Database, job_id: str) -> Moment:
    with database.reading() as session:
        return polled.moments(session, [job_id])[job_id]


@pytest.mark.parametrize("story", STORIES)
def test_the_text_is_the_view_whatever_became_of_the_job(
    database: Database, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_job(database, priority=60)
    found = moment(database, STORIES[story](database))
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)

    view = view_of(found.job, found.position, found.gpus)

    assert JobWords.of(found.job).at(found) == view.model_dump_json()


def test_what_passes_is_told_anew(database: Database) -> None:
    job_id = a_job(database)
    before = moment(database, job_id)
    words = JobWords.of(before.job)
    a_job(database, priority=100)
    with database.writing() as session:
        workers.seen(session, "wrk_a", host="h", pid=1, gpus=0, slots=1)

    told = [json.loads(words.at(each)) for each in (before, moment(database, job_id))]

    assert [(each["queue_position"], each["queued_because"]) for each in told] == [
        (1, "no worker is alive"), (2, "other jobs run first"),
    ]  # fmt: skip


def test_words_are_kept_for_as_long_as_the_job_is_the_same() -> None:
    said: list[Any] = []
    kept = Kept(lambda job: said.append(job.version))
    first, second = Job(id="a", version=1), Job(id="a", version=2)

    for job in (first, first, second, second):
        kept.words(job)

    assert said == [1, 2]
    assert kept.job("a") is second
    assert kept.job("b") is None


def test_no_more_is_kept_than_fits() -> None:
    kept = Kept(lambda job: job.version)

    for number in range(MOST + 1):
        kept.words(Job(id=str(number), version=number))

    assert kept.job("0") is None
    assert kept.job(str(MOST)) is not None
