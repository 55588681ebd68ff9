"""What becomes of attempts that end, or whose worker falls silent."""

from typing import Any

import pytest
from sqlalchemy import select

from core.lifecycle import Action, JobState, Wish
from core.store import attempts
from core.store.attempts import Claimed, Running
from core.store.session import Database
from core.store.tables import Attempt
from tests.builders import WORKER, a_claim, a_job, a_running_job, act, finish, stored


def beat(database: Database, attempt: Claimed, **values: Any) -> Wish | None:
    with database.writing() as session:
        return attempts.beat(session, attempt, **values)


def tries(database: Database, job_id: str) -> list[Attempt]:
    with database.reading() as session:
        query = select(Attempt).where(Attempt.job_id == job_id).order_by(Attempt.number)
        return list(session.scalars(query))


def test_the_reaper_watches_what_runs(database: Database) -> None:
    a_job(database)
    attempt = a_running_job(database)
    beat(database, attempt)

    with database.reading() as session:
        assert attempts.running(session) == [Running(attempt.job_id, 1, 1, WORKER)]


def test_a_silent_job_is_taken_back(database: Database) -> None:
    attempt = a_running_job(database)

    with database.writing() as session:
        job = attempts.take_back(session, attempt.job_id, 1, 0)

    assert job is not None
    assert job.id == attempt.job_id


@pytest.mark.parametrize(("number", "heartbeat"), [(1, 0), (2, 1), (0, 1)])
def test_a_job_that_moved_after_all_is_not_taken_back(
    database: Database, number: int, heartbeat: int
) -> None:
    attempt = a_running_job(database)
    beat(database, attempt)

    with database.writing() as session:
        assert attempts.take_back(session, attempt.job_id, number, heartbeat) is None


def test_an_end_is_written_once(database: Database) -> None:
    attempt = a_running_job(database)
    finish(database, attempt, JobState.QUEUED, error={"code": "trainer_died"})
    first = tries(database, attempt.job_id)[0]

    again = a_claim(database)
    assert again is not None
    finish(database, again)

    kept, last = tries(database, attempt.job_id)
    assert (kept.outcome, kept.error, kept.ended_at) == ("queued", {"code": "trainer_died"}, first.ended_at)
    assert (last.outcome, last.error) == ("succeeded", None)


ENDS = {
    # What the attempt came to, what the person wished, where the job goes, and which wish stays.
    ("succeeded", None): ("succeeded", None),
    ("succeeded", "pause"): ("succeeded", None),
    ("succeeded", "stop"): ("succeeded", None),
    ("succeeded", "cancel"): ("cancelled", None),
    ("failed", None): ("failed", None),
    ("failed", "pause"): ("failed", None),
    ("failed", "stop"): ("failed", None),
    ("failed", "cancel"): ("cancelled", None),
    ("queued", None): ("queued", None),
    ("queued", "pause"): ("paused", None),
    ("queued", "stop"): ("queued", "stop"),
    ("queued", "cancel"): ("cancelled", None),
}


@pytest.mark.parametrize(("to", "wish"), ENDS)
def test_the_wish_has_its_say_in_the_end(database: Database, to: str, wish: str | None) -> None:
    attempt = a_running_job(database)
    if wish is not None:
        act(database, attempt.job_id, Action(wish))

    with database.writing() as session:
        went = attempts.finish(session, attempt, JobState(to), "ended", error={"code": "diverged"})

    job = stored(database, attempt.job_id)
    assert (job.state, job.wish) == ENDS[to, wish] == (went, job.wish)
    # Only where it explains the state; the attempt remembers in any case.
    assert (job.error is not None) == (job.state in ("failed", "queued"))
    assert tries(database, attempt.job_id)[0].error == {"code": "diverged"}
    assert (job.lease_owner, job.finished_at is None) == (None, job.state in ("queued", "paused"))


def test_each_claim_starts_afresh(database: Database) -> None:
    attempt = a_running_job(database)
    beat(database, attempt, progress={"fraction": 0.9})
    finish(database, attempt, JobState.QUEUED, error={"code": "trainer_died"})

    a_claim(database, worker="wrk_b")

    job = stored(database, attempt.job_id)
    assert (job.progress, job.error, job.wish, job.heartbeat) == (None, None, None, 0)
    assert (job.attempt, job.lease_owner) == (2, "wrk_b")
