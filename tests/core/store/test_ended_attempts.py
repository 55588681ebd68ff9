"""Whether an attempt still needs its work folder, on both databases."""

from core.store import blobs
from core.store.session import Database
from tests.builders import a_running_job, finish


def ended(database: Database, job_id: str) -> dict[int, bool]:
    with database.reading() as session:
        return blobs.ended(session, job_id)


def test_an_attempt_has_ended_once_its_end_is_written(database: Database) -> None:
    attempt = a_running_job(database)
    another = a_running_job(database)
    assert ended(database, attempt.job_id) == {1: False}

    finish(database, attempt)

    assert ended(database, attempt.job_id) == {1: True}
    assert ended(database, another.job_id) == {1: False}


def test_of_no_job_nothing_is_known(database: Database) -> None:
    assert ended(database, "job_00000000000000000000000000") == {}
