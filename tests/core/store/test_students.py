"""What a job has to show that ends while nobody trains it: the students beside its checkpoints."""

import pytest

from core.lifecycle import Action, JobState
from core.store import artifacts, attempts, checkpoints, jobs
from core.store.attempts import Claimed
from core.store.session import Database
from tests.builders import a_claim, a_running_job, act, cancel, finish, lose


def save(database: Database, attempt: Claimed, sequence: int) -> None:
    """A best and a last student, as they stand beside a checkpoint."""
    with database.writing() as session:
        for kind in ("best", "last"):
            row = {"sequence": sequence, "digest": f"{kind} {sequence}", "bytes": 7, "best": False}
            checkpoints.record(session, attempt, kind, row)


def publish(database: Database, attempt: Claimed, *names: str) -> None:
    row = {"digest": "published", "bytes": 7, "media_type": "application/octet-stream"}
    with database.writing() as session:
        artifacts.record(session, attempt.job_id, attempt.number, [{"name": name, **row} for name in names])


def shown(database: Database, attempt: Claimed) -> dict[str, str]:
    with database.reading() as session:
        return {found.name: found.digest for found in artifacts.of_job(session, attempt.job_id)}


def of(sequence: int) -> dict[str, str]:
    return {"student.safetensors": f"best {sequence}", "student.last.safetensors": f"last {sequence}"}


def test_a_paused_job_that_is_cancelled_keeps_its_newest_students(database: Database) -> None:
    attempt = a_running_job(database)
    save(database, attempt, 2)
    save(database, attempt, 5)
    finish(database, attempt, JobState.PAUSED)
    assert shown(database, attempt) == {}

    cancel(database, attempt.job_id)

    assert shown(database, attempt) == of(5)


@pytest.mark.parametrize("end", [JobState.CANCELLED, JobState.FAILED])
def test_so_does_one_that_is_ended_by_whoever_took_it_back(database: Database, end: JobState) -> None:
    attempt = a_running_job(database)
    save(database, attempt, 2)

    with database.writing() as session:
        job = jobs.get(session, attempt.job_id, None)
        attempts.end(session, job, end, "lost", error=None)

    assert shown(database, attempt) == of(2)


def test_what_the_trainer_itself_left_at_its_end_is_newer(database: Database) -> None:
    attempt = a_running_job(database)
    save(database, attempt, 2)
    publish(database, attempt, "student.safetensors")

    finish(database, attempt, JobState.CANCELLED)

    assert shown(database, attempt) == {**of(2), "student.safetensors": "published"}


def test_what_an_attempt_before_left_is_older(database: Database) -> None:
    attempt = a_running_job(database)
    publish(database, attempt, "student.safetensors")
    finish(database, attempt, JobState.CANCELLED)
    act(database, attempt.job_id, Action.RETRY)
    again = a_claim(database)
    assert again is not None
    save(database, again, 9)
    lose(database, again)

    cancel(database, attempt.job_id)

    assert shown(database, attempt) == of(9)


def test_success_shows_the_files_of_one_attempt_only(database: Database) -> None:
    attempt = a_running_job(database)
    publish(database, attempt, "student.safetensors", "student.last.safetensors")
    finish(database, attempt, JobState.CANCELLED)
    act(database, attempt.job_id, Action.RETRY)
    again = a_claim(database)
    assert again is not None

    publish(database, again, "student.safetensors", "report.json")
    finish(database, again)

    assert set(shown(database, attempt)) == {"student.safetensors", "report.json"}


def test_only_the_newest_of_them_are_kept_beside_a_checkpoint(database: Database) -> None:
    attempt = a_running_job(database)

    save(database, attempt, 2)
    save(database, attempt, 5)

    with database.reading() as session:
        for kind in ("best", "last"):
            assert [row.sequence for row in checkpoints.newest(session, attempt.job_id, kind)] == [5]
