"""Several processes at the same job: of two that try the same, one wins, on both databases."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest

from core.errors import Conflict, LeaseLost
from core.lifecycle import FINISHED, Action, JobState
from core.store import artifacts, attempts, events, jobs
from core.store.session import Database
from tests.builders import a_claim, a_job, a_running_job, cancel, finish, lose, stored
from tests.core.store.side_by_side import at_once, events_of, meanwhile

THREADS = 20


def test_every_job_is_claimed_by_exactly_one_of_many_workers(database: Database) -> None:
    made = {a_job(database, priority=number % 3) for number in range(200)}

    def work(worker: str) -> list[str]:
        found = []
        while attempt := a_claim(database, worker):
            found.append(attempt.job_id)
        return found

    claims = [done.result() for done in at_once(*[lambda w=f"wrk_{n}": work(w) for n in range(THREADS)])]

    counted = Counter(job_id for found in claims for job_id in found)
    assert set(counted) == made
    assert set(counted.values()) == {1}


def test_events_have_no_gap_whoever_writes_them(database: Database) -> None:
    job_id = a_job(database)

    def append(text: str) -> None:
        for number in range(10):
            with database.writing() as session:
                events.append(session, job_id, "note", {"state": f"{text}{number}"})

    for done in at_once(*[lambda t=f"{n}-": append(t) for n in range(8)]):
        done.result()

    found = events_of(database, job_id)
    assert [seq for seq, _ in found] == list(range(1, 82))
    assert stored(database, job_id).event_seq == 81


def test_an_event_that_was_undone_leaves_no_gap(database: Database) -> None:
    job_id = a_job(database)

    with database.writing() as session:
        events.append(session, job_id, "note", {})
        session.rollback()
    with database.writing() as session:
        assert events.append(session, job_id, "note", {}) == 2


@pytest.mark.parametrize("running", [False, True])
def test_of_many_cancels_one_counts(database: Database, running: bool) -> None:
    job_id = a_running_job(database).job_id if running else a_job(database)

    won = [done.result() for done in at_once(*[lambda: cancel(database, job_id)] * 8)]

    assert sorted(won) == [False] * 7 + [True]
    words = [word for _, word in events_of(database, job_id)]
    assert words == (["queued", "running", "cancel"] if running else ["queued", "cancelled"])


def test_a_cancel_and_a_claim_agree(database: Database) -> None:
    for _ in range(10):
        job_id = a_job(database)

        at_once(lambda: a_claim(database), lambda job_id=job_id: cancel(database, job_id))

        job = stored(database, job_id)
        assert (job.state, job.wish) in [(JobState.CANCELLED, None), (JobState.RUNNING, "cancel")]


def test_a_cancel_that_was_promised_is_kept_although_the_run_just_ended(database: Database) -> None:
    attempt = a_running_job(database)

    with database.writing() as session:
        jobs.act(session, jobs.get(session, attempt.job_id, None), Action.CANCEL)
        meanwhile(session, lambda: finish(database, attempt))

    assert stored(database, attempt.job_id).state == JobState.CANCELLED


def test_a_cancel_that_comes_too_late_is_refused(database: Database) -> None:
    attempt = a_running_job(database)

    with database.writing() as session:
        attempts.finish(session, attempt, JobState.SUCCEEDED, "succeeded")
        with pytest.raises(Conflict):
            meanwhile(session, lambda: cancel(database, attempt.job_id))

    assert stored(database, attempt.job_id).state == JobState.SUCCEEDED


def test_a_cancel_beside_another_changes_nothing(database: Database) -> None:
    attempt = a_running_job(database)

    with database.writing() as session:
        first = jobs.act(session, jobs.get(session, attempt.job_id, None), Action.CANCEL)
        second = meanwhile(session, lambda: cancel(database, attempt.job_id))

    assert (first, second) == (True, False)
    assert [word for _, word in events_of(database, attempt.job_id)] == ["queued", "running", "cancel"]


def test_a_claim_passes_by_what_is_being_cancelled(database: Database) -> None:
    first, second = a_job(database), a_job(database)

    with database.writing() as session:
        jobs.act(session, jobs.get(session, first, None), Action.CANCEL)
        claimed = meanwhile(session, lambda: a_claim(database))

    assert claimed.job_id == second


def test_a_job_ends_once(database: Database) -> None:
    """The worker finishes while the dispatcher takes the job back."""
    for _ in range(10):
        attempt = a_running_job(database)

        def reap(attempt: attempts.Claimed = attempt) -> None:
            with database.writing() as session:
                job = attempts.take_back(session, attempt.job_id, attempt.number, 0)
                if job is not None:
                    jobs.move(session, job, JobState.FAILED)

        results = at_once(lambda attempt=attempt: finish(database, attempt), reap)

        assert all(isinstance(done.exception(), LeaseLost | None) for done in results)
        words = [word for _, word in events_of(database, attempt.job_id)]
        assert words[:2] == ["queued", "running"]
        assert len(words) == 3
        assert stored(database, attempt.job_id).state in FINISHED


def test_a_stale_worker_and_its_successor_do_not_mix(database: Database) -> None:
    old = a_running_job(database)
    lose(database, old)
    new = a_claim(database, "wrk_b")
    assert new is not None

    results = at_once(
        lambda: finish(database, old, JobState.FAILED, error={"code": "stale"}), lambda: finish(database, new)
    )

    assert isinstance(results[0].exception(), LeaseLost)
    job = stored(database, old.job_id)
    assert (job.state, job.error, job.attempt) == (JobState.SUCCEEDED, None, 2)


def test_two_that_publish_and_end_a_job_do_not_wait_for_each_other(database: Database) -> None:
    """Each has added a row that names the job before it locks it."""
    attempt = a_running_job(database)

    def publish(name: str, meanwhile: Callable[[], None]) -> bool:
        try:
            with database.writing() as session:
                row = {"name": name, "digest": "d", "bytes": 1, "media_type": "text/plain"}
                artifacts.record(session, attempt.job_id, attempt.number, [row])
                meanwhile()
                attempts.finish(session, attempt, JobState.SUCCEEDED, "succeeded")
        except LeaseLost:
            return False
        return True

    with ThreadPoolExecutor(1) as pool:
        others: list[Future[bool]] = []

        def start_another() -> None:
            others.append(pool.submit(publish, "other", lambda: None))
            with suppress(TimeoutError):
                others[0].result(0.3)

        won = publish("one", start_another)

    assert won != others[0].result()
    assert stored(database, attempt.job_id).state == JobState.SUCCEEDED
