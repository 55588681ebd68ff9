"""What is read for those who poll is what is there."""

from core.lifecycle import JobState
from core.store import attempts, jobs, listing, polled, workers
from core.store.session import Database
from core.store.tables import Job
from tests.builders import a_finished_job, a_job, a_running_job, cancel, stored

MISSING = "job_00000000000000000000000000"


def moments(database: Database, *job_ids: str) -> dict[str, polled.Moment]:
    with database.reading() as session:
        return polled.moments(session, job_ids)


def test_versions_are_of_the_jobs_that_are_there(database: Database) -> None:
    done, waiting = a_finished_job(database), a_job(database, "another")

    with database.reading() as session:
        found = polled.versions(session, {done, waiting, MISSING})

    assert set(found) == {done, waiting}
    assert found[waiting] == polled.Version("another", 2, 1, "queued")
    assert (found[done].state, found[done].version) == ("succeeded", stored(database, done).version)


def test_a_moment_has_all_of_the_job(database: Database) -> None:
    """Read as text or by the ORM, on either database, it is the same."""
    job_id = a_finished_job(database, name="größer", tags=["a", "b"], optimization={"epochs": 3})

    found = moments(database, job_id, MISSING)

    assert set(found) == {job_id}
    row, whole = found[job_id].job, stored(database, job_id)
    for column in Job.__table__.columns:
        assert getattr(row, column.key) == getattr(whole, column.key), column.key
    assert (found[job_id].position, found[job_id].gpus) == (None, None)


def test_a_moment_of_a_job_that_waits_tells_its_place(database: Database) -> None:
    running = a_running_job(database)
    first, second = a_job(database), a_job(database)
    with database.writing() as session:
        workers.seen(session, "wrk_a", host="h", pid=1, gpus=2, slots=1)

    found = moments(database, running.job_id, first, second)

    assert [found[job_id].position for job_id in (running.job_id, first, second)] == [None, 1, 2]
    assert found[first].gpus == 2


def test_a_change_is_seen_by_the_next_who_reads(database: Database) -> None:
    job_id = a_job(database)
    before = moments(database, job_id)[job_id].job

    cancel(database, job_id)
    with database.writing() as session:
        jobs.get(session, job_id, None).spec = {"seed": 7}

    after = moments(database, job_id)[job_id].job
    assert (before.state, after.state) == (JobState.QUEUED, JobState.CANCELLED)
    assert after.spec == {"seed": 7}


def test_nobody_asks_for_nothing(database: Database) -> None:
    assert moments(database) == {}


def test_what_is_known_is_read_again_only_where_it_has_changed(database: Database) -> None:
    attempt, waiting = a_running_job(database), a_job(database)
    before = moments(database, attempt.job_id, waiting)
    with database.writing() as session:
        attempts.beat(session, attempt, progress={"fraction": 0.5})

    def known(job_id: str) -> Job | None:
        return before[job_id].job

    with database.reading() as session:
        after = polled.moments(session, [attempt.job_id, waiting], known)
        rows = listing.page(session, None, limit=9, known=known).jobs

    # Progress is told of with the heartbeat, under the same version.
    assert after[attempt.job_id].job.progress == {"fraction": 0.5}
    assert after[waiting].job is before[waiting].job
    assert [job.id for job in rows] == [waiting, attempt.job_id]
    assert rows[0] is before[waiting].job
    assert rows[1].progress == {"fraction": 0.5}
