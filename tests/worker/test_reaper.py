"""The reaper judges by a clock of its own; here the test holds it."""

import pytest

from core.errors import StoreUnavailable
from core.lifecycle import Action, JobState
from core.spec import JobSpec
from core.store import attempts, jobs
from core.store.attempts import Claimed
from core.store.session import Database, Session
from core.store.tables import Job
from worker.reaper import Reaper
from worker.retry import MAX_LOSSES
from worker.vital import new_name

LEASE_SECONDS = 60.0
STEP_SECONDS = 5.0


class Watch:
    """A reaper, and the clock it is shown."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reaper = Reaper(database, LEASE_SECONDS)
        self._now = 1000.0
        self.look(after=0)

    def look(self, after: float) -> None:
        self._now += after
        with self._database.reading() as session:
            running = attempts.running(session)
        self._reaper.turn(running, now=self._now)

    def look_on(self, seconds: float) -> None:
        """Look all the time, as a dispatcher does."""
        for _ in range(int(seconds // STEP_SECONDS)):
            self.look(after=STEP_SECONDS)
        self.look(after=seconds % STEP_SECONDS)


def claimed(database: Database, process: str | None = None) -> Claimed:
    with database.writing() as session:
        jobs.submit(session, JobSpec(), "me")
        attempt = attempts.claim(session, "worker", "host", 0, process)
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
    attempt = claimed(database)
    watch = Watch(database)

    watch.look_on(LEASE_SECONDS)
    before = job_of(database, attempt)
    watch.look(after=1)

    assert before == (JobState.RUNNING, 0)
    assert job_of(database, attempt) == (JobState.QUEUED, 1)


def test_a_job_whose_process_is_known_to_be_dead_is_taken_back_at_once(database: Database) -> None:
    living, dead = new_name(), new_name()
    place, pid, start, random = dead.split(".")
    dead = f"{place}.{pid}.{int(start) - 1}.{random}"
    held = [claimed(database, process) for process in (living, dead)]

    Watch(database)

    assert [job_of(database, attempt) for attempt in held] == [(JobState.RUNNING, 0), (JobState.QUEUED, 1)]


def test_a_job_that_shows_life_is_left_alone(database: Database) -> None:
    attempt = claimed(database)
    watch = Watch(database)

    for _ in range(12):
        watch.look_on(50)
        with database.writing() as session:
            attempts.beat(session, attempt)

    assert job_of(database, attempt) == (JobState.RUNNING, 0)


def test_a_reaper_that_was_just_started_judges_nobody(database: Database) -> None:
    attempt = claimed(database)

    Watch(database)

    assert job_of(database, attempt) == (JobState.RUNNING, 0)


def test_what_was_to_be_cancelled_is_cancelled_and_what_was_to_be_paused_is_paused(
    database: Database,
) -> None:
    for action, state in ((Action.CANCEL, JobState.CANCELLED), (Action.PAUSE, JobState.PAUSED)):
        attempt = claimed(database)
        act(database, attempt, action)

        Watch(database).look_on(LEASE_SECONDS + 1)

        assert job_of(database, attempt)[0] == state


def test_a_job_that_keeps_losing_its_worker_fails_at_last(database: Database) -> None:
    attempt = claimed(database)
    for _ in range(MAX_LOSSES):
        Watch(database).look_on(LEASE_SECONDS + 1)
        with database.writing() as session:
            attempts.claim(session, "worker", "host", gpus=0)

    assert job_of(database, attempt) == (JobState.FAILED, MAX_LOSSES)
    with database.reading() as session:
        error = jobs.get(session, attempt.job_id, None).error
    assert error is not None
    assert error["code"] == "worker_lost"


def test_after_a_freeze_of_all_the_living_have_time_to_say_so(database: Database) -> None:
    attempt = claimed(database)
    watch = Watch(database)
    watch.look(after=0.3)

    watch.look(after=70)
    watch.look_on(0.5 * LEASE_SECONDS)

    assert job_of(database, attempt) == (JobState.RUNNING, 0)
    with database.writing() as session:
        attempts.beat(session, attempt)


def test_time_in_which_nobody_could_look_counts_as_little(database: Database) -> None:
    attempt = claimed(database)
    watch = Watch(database)
    watch.look_on(LEASE_SECONDS / 2)

    watch.look(after=100 * LEASE_SECONDS)
    watch.look_on(LEASE_SECONDS / 3)
    before = job_of(database, attempt)
    watch.look(after=1)

    assert before == (JobState.RUNNING, 0)
    assert job_of(database, attempt) == (JobState.QUEUED, 1)


@pytest.mark.parametrize("seconds", [0.3, 9, 50, 3600])
def test_a_dead_job_is_taken_back_however_seldom_one_can_look(database: Database, seconds: float) -> None:
    attempt = claimed(database)
    watch = Watch(database)

    for _ in range(1 + max(7, int(LEASE_SECONDS / seconds))):
        watch.look(after=seconds)

    assert job_of(database, attempt) == (JobState.QUEUED, 1)


def test_a_job_that_is_locked_does_not_keep_the_others_waiting(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [claimed(database) for _ in range(3)]
    watch = Watch(database)
    take_back = attempts.take_back

    def locked(session: Session, job_id: str, number: int, heartbeat: int) -> Job | None:
        if job_id == held[0].job_id:
            raise StoreUnavailable
        return take_back(session, job_id, number, heartbeat)

    with monkeypatch.context() as patched:
        patched.setattr(attempts, "take_back", locked)
        watch.look_on(LEASE_SECONDS + 1)
        states = [job_of(database, attempt)[0] for attempt in held]
    watch.look(after=0.3)

    assert states == [JobState.RUNNING, JobState.QUEUED, JobState.QUEUED]
    assert job_of(database, held[0])[0] == JobState.QUEUED
