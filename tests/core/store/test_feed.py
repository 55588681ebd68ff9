"""The events of all jobs have one order, in which nothing appears behind a reader's back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from core.store import events, feed, migrate
from core.store.feed import START, Position
from core.store.session import Database
from core.store.tables import Event
from tests.builders import a_job
from tests.databases import PostgreSQL


def note(database: Database, job_id: str, count: int = 1) -> None:
    for number in range(count):
        with database.writing() as session:
            events.append(session, job_id, "note", {"number": number})


def read(database: Database, position: Position = START, limit: int = 500) -> list[tuple[str, int]]:
    with database.reading() as session:
        return [(one.event.job_id, one.event.seq) for one in feed.after(session, position, limit)]


def places(database: Database) -> list[Position]:
    with database.reading() as session:
        return [Position.of(one.event) for one in feed.after(session, START, 500)]


def test_events_are_read_in_the_order_in_which_they_were_written(database: Database) -> None:
    one, other = a_job(database), a_job(database, owner="someone else")
    note(database, one)
    note(database, other)
    note(database, one)

    assert read(database) == [(one, 1), (other, 1), (one, 2), (other, 2), (one, 3)]
    with database.reading() as session:
        assert [found.owner for found in feed.after(session, START, 2)] == ["me", "someone else"]


def test_every_position_leads_to_the_rest(database: Database) -> None:
    job_id = a_job(database)
    note(database, job_id, 4)
    with database.writing() as session:
        events.append_all(session, job_id, [("note", {}), ("note", {})])

    whole = read(database)
    for number, position in enumerate(places(database), start=1):
        assert Position.parse(str(position)) == position
        assert read(database, position) == whole[number:]
    assert read(database, limit=2) == whole[:2]


def test_the_present_is_behind_all_that_was(database: Database) -> None:
    job_id = a_job(database)
    with database.reading() as session:
        present = feed.present(session)

    note(database, job_id)

    assert read(database, present) == [(job_id, 2)]


def test_what_is_deleted_gives_its_place_to_nothing_else(database: Database) -> None:
    kept, gone = a_job(database), a_job(database)
    note(database, gone)
    last = places(database)[-1]
    with database.writing() as session:
        session.delete(session.get_one(Event, (gone, 2)))
        session.delete(session.get_one(Event, (gone, 1)))

    note(database, kept)

    assert read(database, last) == [(kept, 2)]


def test_many_writers_and_one_reader_miss_nothing(database: Database) -> None:
    job_ids = [a_job(database) for _ in range(6)]
    heard, position = [], START

    with ThreadPoolExecutor(6) as pool:
        writing = [pool.submit(note, database, job_id, 15) for job_id in job_ids]
        while not all(done.done() for done in writing) or len(heard) < 6 * 16:
            with database.reading() as session:
                found = feed.after(session, position, 7)
            heard += [(one.event.job_id, one.event.seq) for one in found]
            position = Position.of(found[-1].event) if found else position

    assert len(heard) == 6 * 16
    for job_id in job_ids:
        assert [seq for of, seq in heard if of == job_id] == list(range(1, 17))


@pytest.mark.parametrize("text", ["", "1", "1-2", "1-2-job_1", "-1-2-", "1-2-" + "x" * 30, "²-1-", "9" * 40])
def test_what_is_no_position_is_none(text: str) -> None:
    assert Position.parse(text) is None


@pytest.fixture
def on_postgresql(postgresql: PostgreSQL) -> Database:
    with postgresql.database() as url:
        database = Database(url)
        yield database
        database.close()


def test_an_event_that_is_committed_late_is_waited_for(on_postgresql: Database) -> None:
    slow, quick = a_job(on_postgresql), a_job(on_postgresql)
    behind = places(on_postgresql)[-1]

    with on_postgresql.writing() as session:
        events.append(session, slow, "note", {})
        note(on_postgresql, quick)  # begins later, and is committed first
        assert read(on_postgresql, behind) == []

    assert read(on_postgresql, behind) == [(slow, 2), (quick, 2)]


def test_events_from_another_server_stay_before_those_that_follow(on_postgresql: Database) -> None:
    job_id = a_job(on_postgresql)
    note(on_postgresql, job_id)
    with on_postgresql.writing() as session:  # as if that one had counted much further
        session.execute(update(Event).values(turn=Event.turn + 10**12))
    assert read(on_postgresql) == []

    migrate.upgrade(on_postgresql)
    last = places(on_postgresql)[-1]
    note(on_postgresql, job_id)

    assert read(on_postgresql) == [(job_id, 1), (job_id, 2), (job_id, 3)]
    assert read(on_postgresql, last) == [(job_id, 3)]
