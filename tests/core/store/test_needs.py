"""Weights that an unfinished job needs are not deleted, however close together both are asked for."""

from collections.abc import Callable
from contextlib import closing

import pytest

from core.errors import Conflict, NotFound
from core.files import Blob
from core.lifecycle import Action
from core.store import chores, edits, jobs, models
from core.store.models import Told
from core.store.session import Database, Session
from tests.builders import ME, a_finished_job, a_job, a_spec, act, stored
from tests.core.store.side_by_side import at_once, meanwhile
from tests.databases import PostgreSQL


def a_model(database: Database) -> str:
    with database.writing() as session:
        return models.add_upload(session, ME, "mine", Blob("a" * 64, 10), Told()).id


def keep(session: Session, source: str) -> None:
    get = models.get if source.startswith("model") else jobs.get
    get(session, source, ME, lock="kept")


def remove(database: Database, source: str) -> None:
    with database.writing() as session:
        if source.startswith("model"):
            models.remove(session, models.get(session, source, ME, lock="changed"))
        else:
            edits.remove(session, jobs.get(session, source, ME, lock="removed"))


WEIGHTS = pytest.mark.parametrize("make", [a_model, a_finished_job], ids=["model", "job"])


@WEIGHTS
def test_what_an_unfinished_job_needs_stays_until_it_has_ended(
    database: Database, make: Callable[[Database], str]
) -> None:
    source = make(database)
    job_id = a_job(database, teacher={"source": source})

    with pytest.raises(Conflict, match=job_id):
        remove(database, source)
    act(database, job_id, Action.CANCEL)
    remove(database, source)

    with pytest.raises(NotFound):
        remove(database, source)


@WEIGHTS
@pytest.mark.parametrize(
    ("jobs_that_need_it", "said", "advice"),
    [
        (1, "1 unfinished job needs ", "Cancel it, or wait for its end."),
        (3, "3 unfinished jobs need ", "Cancel these jobs, or wait for their end."),
        (12, "10 or more unfinished jobs need ", "Cancel these jobs, or wait for their end."),
    ],
)
def test_who_may_not_delete_it_is_told_what_to_do(
    database: Database, make: Callable[[Database], str], jobs_that_need_it: int, said: str, advice: str
) -> None:
    source = make(database)
    for seed in range(jobs_that_need_it):
        a_job(database, teacher={"source": source}, seed=seed)

    with pytest.raises(Conflict) as refused:
        remove(database, source)

    assert refused.value.detail.startswith(said)
    assert refused.value.advice == advice


@WEIGHTS
def test_a_deletion_waits_for_the_submission_that_names_it(
    database: Database, make: Callable[[Database], str]
) -> None:
    source = make(database)

    with database.writing() as session:
        keep(session, source)
        jobs.submit(session, a_spec(teacher={"source": source}), ME)
        with pytest.raises(Conflict, match="1 unfinished job needs"):
            meanwhile(session, lambda: remove(database, source))


@WEIGHTS
def test_two_submissions_do_not_wait_for_each_other(
    postgresql: PostgreSQL, make: Callable[[Database], str]
) -> None:
    with postgresql.empty_tables() as url, closing(Database(url)) as database:
        source = make(database)
        with database.writing() as first, database.writing() as second:
            keep(first, source)
            keep(second, source)


def test_a_job_that_is_named_can_still_be_edited(database: Database) -> None:
    source = a_finished_job(database)

    with database.writing() as session:
        jobs.get(session, source, ME, lock="kept")
        jobs.get(session, source, ME, lock="changed").name = "teacher"

    assert stored(database, source).name == "teacher"


def test_of_many_that_ask_for_a_measurement_at_once_one_queues_it(database: Database) -> None:
    model_id = a_model(database)

    def measure() -> None:
        with database.writing() as session:
            models.measure(session, models.get(session, model_id, ME, lock="changed"), "digits")

    for done in at_once(*[measure] * 4):
        done.result()

    with database.reading() as session:
        assert chores.queued(session) == 2  # with the one that reads it
