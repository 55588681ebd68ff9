"""What people ask while workers claim and finish: who was promised something gets it, on both databases."""

from core.errors import Conflict
from core.lifecycle import Action, JobState
from core.store import attempts
from core.store.session import Database
from tests.builders import a_claim, a_finished_job, a_job, a_running_job, act, cancel, finish, stored
from tests.core.store.side_by_side import at_once, events_of, meanwhile


def test_a_pause_and_a_claim_agree(database: Database) -> None:
    for _ in range(10):
        job_id = a_job(database)

        at_once(lambda: a_claim(database), lambda job_id=job_id: act(database, job_id, Action.PAUSE))

        job = stored(database, job_id)
        assert (job.state, job.wish) in [(JobState.PAUSED, None), (JobState.RUNNING, "pause")]
        words = [word for _, word in events_of(database, job_id)]
        assert words in (["queued", "paused"], ["queued", "running", "pause"])


def test_a_pause_that_comes_while_the_job_is_being_claimed_is_a_wish(database: Database) -> None:
    """Judged by what the job was when it was read, the answer would have been another."""
    job_id = a_job(database)

    with database.writing() as session:
        assert attempts.claim(session, "wrk_a", "host", 0) is not None
        assert meanwhile(session, lambda: act(database, job_id, Action.PAUSE))

    assert (stored(database, job_id).state, stored(database, job_id).wish) == ("running", "pause")


def test_a_cancel_and_an_end_agree(database: Database) -> None:
    """Whoever was answered that the job will be cancelled, finds it cancelled."""
    for _ in range(10):
        attempt = a_running_job(database)

        cancelled, finished = at_once(
            lambda attempt=attempt: cancel(database, attempt.job_id),
            lambda attempt=attempt: finish(database, attempt),
        )

        assert finished.exception() is None
        promised = cancelled.exception() is None
        assert isinstance(cancelled.exception(), Conflict | None)
        assert stored(database, attempt.job_id).state == ("cancelled" if promised else "succeeded")


def test_of_many_retries_one_counts(database: Database) -> None:
    job_id = a_finished_job(database, to=JobState.FAILED)

    won = [done.result() for done in at_once(*[lambda: act(database, job_id, Action.RETRY)] * 8)]

    assert sorted(won) == [False] * 7 + [True]
    job = stored(database, job_id)
    assert (job.state, job.retries) == (JobState.QUEUED, 1)
    assert [word for _, word in events_of(database, job_id)] == ["queued", "running", "failed", "queued"]


def test_a_pause_that_is_withdrawn_and_an_end_agree(database: Database) -> None:
    """A drained worker gives its job back while the person takes the pause back."""
    for _ in range(10):
        attempt = a_running_job(database)
        act(database, attempt.job_id, Action.PAUSE)

        results = at_once(
            lambda attempt=attempt: act(database, attempt.job_id, Action.RESUME),
            lambda attempt=attempt: finish(database, attempt, JobState.QUEUED),
        )

        assert [done.exception() for done in results] == [None, None]
        # First paused and then resumed, or never paused: in both cases it waits for a worker.
        job = stored(database, attempt.job_id)
        assert (job.state, job.wish) == (JobState.QUEUED, None)
        assert a_claim(database) is not None
        cancel(database, job.id)


def test_opposite_wishes_at_once_leave_one(database: Database) -> None:
    for _ in range(5):
        attempt = a_running_job(database)
        asked = [Action.PAUSE, Action.STOP, Action.CANCEL, Action.RESUME]

        at_once(*[lambda a=a, attempt=attempt: act(database, attempt.job_id, a) for a in asked])

        # Nothing withdraws a cancel, whatever came before or after it.
        assert stored(database, attempt.job_id).wish == "cancel"
        finish(database, attempt)
        assert stored(database, attempt.job_id).state == JobState.CANCELLED
