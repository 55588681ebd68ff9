"""The reaper judges by a clock of its own; here the test holds it."""

from core.lifecycle import Action, JobState
from core.spec import JobSpec
from core.store import attempts, jobs
from core.store.attempts import Claimed
from core.store.session import Database
from worker.reaper import Reaper
from worker.retry import MAX_LOSSES

LEASE_SECONDS = 60.0


class Watch:
    """A reaper, and the clock it is shown."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reaper = Reaper(database, LEASE_SECONDS)

    def look(self, at: float) -> None:
        with self._database.reading() as session:
            running = attempts.running(session)
        self._reaper.turn(running, now=at)

    def be_blind(self) -> None:
        self._reaper.start_anew()


def claimed(database: Database) -> Claimed:
    with database.writing() as session:
        jobs.submit(session, JobSpec(), "me")
        attempt = attempts.claim(session, "worker", "host", gpus=0)
    assert attempt is not None
    return attempt


def job_of(database: Database, attempt: Claimed) -> tuple[str, int]:
    with database.reading() as session:
        job = jobs.get(session, attempt.job_id, None)
        return job.state, job.losses


def act(database: Database, attempt: Claimed, action: Action) -> None:
    with database.writing() as session:
        jobs.act(session, jobs.get(session, attempt.job_id, None), action)


def test_a_silent_worker_loses_its_job_after_a_whole_lease(database: Database) -> None:
    watch, attempt = Watch(database), claimed(database)

    watch.look(at=0)
    watch.look(at=LEASE_SECONDS)
    before = job_of(database, attempt)
    watch.look(at=LEASE_SECONDS + 1)

    assert before == (JobState.RUNNING, 0)
    assert job_of(database, attempt) == (JobState.QUEUED, 1)


def test_a_job_that_shows_life_is_left_alone(database: Database) -> None:
    watch, attempt = Watch(database), claimed(database)

    for moment in range(0, 600, 50):
        watch.look(at=moment)
        with database.writing() as session:
            attempts.beat(session, attempt)

    assert job_of(database, attempt) == (JobState.RUNNING, 0)


def test_a_reaper_that_was_just_started_judges_nobody(database: Database) -> None:
    attempt = claimed(database)

    Watch(database).look(at=1e9)

    assert job_of(database, attempt) == (JobState.RUNNING, 0)


def test_what_was_to_be_cancelled_is_cancelled_and_what_was_to_be_paused_is_paused(
    database: Database,
) -> None:
    for action, state in ((Action.CANCEL, JobState.CANCELLED), (Action.PAUSE, JobState.PAUSED)):
        watch, attempt = Watch(database), claimed(database)
        act(database, attempt, action)

        watch.look(at=0)
        watch.look(at=LEASE_SECONDS + 1)

        assert job_of(database, attempt)[0] == state


def test_a_job_that_keeps_losing_its_worker_fails_at_last(database: Database) -> None:
    attempt = claimed(database)
    for _ in range(MAX_LOSSES):
        watch = Watch(database)
        watch.look(at=0)
        watch.look(at=LEASE_SECONDS + 1)
        with database.writing() as session:
            attempts.claim(session, "worker", "host", gpus=0)

    assert job_of(database, attempt) == (JobState.FAILED, MAX_LOSSES)
    with database.reading() as session:
        error = jobs.get(session, attempt.job_id, None).error
    assert error is not None
    assert error["code"] == "worker_lost"


def test_who_could_not_look_watches_a_whole_lease_again(database: Database) -> None:
    watch, attempt = Watch(database), claimed(database)
    watch.look(at=0)

    watch.be_blind()
    watch.look(at=5 * LEASE_SECONDS)
    after_the_outage = job_of(database, attempt)
    watch.look(at=6 * LEASE_SECONDS + 1)

    assert after_the_outage == (JobState.RUNNING, 0)
    assert job_of(database, attempt) == (JobState.QUEUED, 1)
