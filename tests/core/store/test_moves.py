"""Jobs move from state to state: cancelled, given back, ended."""

import pytest

from core.errors import Conflict
from core.lifecycle import JobState, Wish
from core.store import events, jobs
from core.store.session import Database
from tests.builders import a_claim, a_finished_job, a_job, a_running_job, cancel, finish, lose, stored


def history(database: Database, job_id: str) -> list[str]:
    """What its events say, in order."""
    with database.reading() as session:
        return [
            str(event.data.get("state") or event.data.get("wish"))
            for event in events.after(session, job_id, 0)
        ]


def test_a_waiting_job_is_cancelled_at_once(database: Database) -> None:
    job_id = a_job(database)

    assert cancel(database, job_id)

    job = stored(database, job_id)
    assert (job.state, job.wish) == (JobState.CANCELLED, None)
    assert job.finished_at is not None
    assert history(database, job_id) == ["queued", "cancelled"]
    assert a_claim(database) is None


def test_a_paused_job_is_cancelled_at_once(database: Database) -> None:
    job_id = a_job(database)
    with database.writing() as session:
        jobs.move(session, jobs.get(session, job_id, None), JobState.PAUSED)

    assert cancel(database, job_id)
    assert stored(database, job_id).state == JobState.CANCELLED


def test_a_running_job_is_asked_to_stop(database: Database) -> None:
    job_id = a_running_job(database).job_id

    assert cancel(database, job_id)

    job = stored(database, job_id)
    assert (job.state, job.wish) == (JobState.RUNNING, Wish.CANCEL)
    assert history(database, job_id) == ["queued", "running", "cancel"]


@pytest.mark.parametrize("running", [False, True])
def test_a_second_cancel_changes_nothing(database: Database, running: bool) -> None:
    job_id = a_running_job(database).job_id if running else a_job(database)
    cancel(database, job_id)
    version = stored(database, job_id).version

    assert not cancel(database, job_id)
    assert stored(database, job_id).version == version


@pytest.mark.parametrize("ended", [JobState.SUCCEEDED, JobState.FAILED])
def test_a_job_that_has_ended_is_not_cancelled_any_more(database: Database, ended: JobState) -> None:
    job_id = a_finished_job(database, to=ended)

    with pytest.raises(Conflict) as refused:
        cancel(database, job_id)

    allowed = ["retry"] if ended is JobState.FAILED else []
    assert (refused.value.state, refused.value.allowed_actions) == (ended, allowed)
    assert refused.value.detail == f"can't cancel a {ended} job"
    assert stored(database, job_id).state == ended


def test_the_wish_is_fulfilled_also_when_the_run_came_to_its_end(database: Database) -> None:
    attempt = a_running_job(database)
    cancel(database, attempt.job_id)

    finish(database, attempt, JobState.SUCCEEDED)

    assert stored(database, attempt.job_id).state == JobState.CANCELLED


def test_every_visible_change_raises_the_version(database: Database) -> None:
    job_id = a_job(database)
    versions = [stored(database, job_id).version]

    attempt = a_claim(database)
    assert attempt is not None
    versions.append(stored(database, job_id).version)
    cancel(database, job_id)
    versions.append(stored(database, job_id).version)
    finish(database, attempt, JobState.CANCELLED)
    versions.append(stored(database, job_id).version)

    assert versions == sorted(set(versions))


def test_a_move_that_the_table_does_not_know_is_refused(database: Database) -> None:
    job_id = a_job(database)

    with database.writing() as session, pytest.raises(Conflict, match="a queued job cannot become succeeded"):
        jobs.move(session, jobs.get(session, job_id, None), JobState.SUCCEEDED)


def test_a_move_from_a_state_that_has_passed_does_nothing(database: Database) -> None:
    stale = stored(database, a_job(database))
    attempt = a_claim(database)

    with database.writing() as session:
        assert not jobs.move(session, stale, JobState.CANCELLED)

    assert attempt is not None
    assert stored(database, attempt.job_id).state == JobState.RUNNING


def test_a_job_that_was_given_back_waits_again(database: Database) -> None:
    attempt = a_running_job(database)

    lose(database, attempt)

    job = stored(database, attempt.job_id)
    assert (job.state, job.lease_owner, job.finished_at) == (JobState.QUEUED, None, None)
    again = a_claim(database)
    assert again is not None
    assert again.number == attempt.number + 1
