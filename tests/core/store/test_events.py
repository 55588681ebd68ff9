"""Events are read in order, for one job or for many."""

from core.store import events
from core.store.session import Database
from tests.builders import a_job, stored


def noted(database: Database, job_id: str, count: int) -> None:
    with database.writing() as session:
        for number in range(count):
            events.append(session, job_id, "note", {"number": number})


def test_an_event_is_numbered_and_raises_the_version(database: Database) -> None:
    job_id = a_job(database)
    version = stored(database, job_id).version

    with database.writing() as session:
        assert events.append(session, job_id, "phase", {"phase": "distil"}) == 2

    with database.reading() as session:
        (found,) = events.after(session, job_id, 1)
    assert (found.seq, found.kind, found.data) == (2, "phase", {"phase": "distil"})
    assert stored(database, job_id).version == version + 1


def test_events_are_read_from_a_number_on(database: Database) -> None:
    job_id, other = a_job(database), a_job(database)
    noted(database, job_id, 9)
    noted(database, other, 3)

    with database.reading() as session:
        assert [event.seq for event in events.after(session, job_id, 4)] == [5, 6, 7, 8, 9, 10]
        assert [event.seq for event in events.after(session, job_id, 4, limit=2)] == [5, 6]
        assert events.after(session, job_id, 10) == []


def test_many_jobs_are_read_at_once_each_from_its_own_number(database: Database) -> None:
    one, two, three = a_job(database), a_job(database), a_job(database)
    noted(database, one, 2)
    noted(database, two, 2)

    with database.reading() as session:
        found = events.after_many(session, {one: 1, two: 2, three: 1})

    assert [(event.job_id, event.seq) for event in found] == [(one, 2), (one, 3), (two, 3)]


def test_very_many_jobs_can_be_followed_at_once(database: Database) -> None:
    job_id = a_job(database)
    followed = {f"job_{number:026}": 0 for number in range(5000)} | {job_id: 0}

    with database.reading() as session:
        found = events.after_many(session, followed)

    assert [event.job_id for event in found] == [job_id]


def test_nothing_to_follow_is_nothing_new(database: Database) -> None:
    a_job(database)

    with database.reading() as session:
        assert events.after_many(session, {}) == []
