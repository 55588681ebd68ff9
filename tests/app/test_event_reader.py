"""One reader of the event table feeds all streams: no gap, whoever is slow or away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial

import pytest
from starlette.concurrency import run_in_threadpool

from app import event_reader
from app.event_reader import HELD_EVENTS, EventReader
from core.errors import StoreUnavailable
from core.lifecycle import Action, JobState
from core.store import events
from core.store.session import Database
from core.store.tables import Event
from tests.builders import a_claim, a_finished_job, a_running_job, act, finish
from tests.databases import PostgreSQL

Test = Callable[[EventReader], Awaitable[None]]


def with_reader(database: Database, test: Test, heartbeat_seconds: float = 15.0) -> None:
    """Run the test beside a reader that polls."""

    async def main() -> None:
        reader = EventReader(database, heartbeat_seconds)
        polling = asyncio.create_task(reader.run())
        try:
            await asyncio.wait_for(test(reader), 30)
        finally:
            polling.cancel()
            with suppress(asyncio.CancelledError):
                await polling

    asyncio.run(main())


def note(database: Database, job_id: str, count: int) -> None:
    with database.writing() as session:
        for number in range(count):
            events.append(session, job_id, "note", {"number": number})


async def take(stream: AsyncIterator[Event | None], count: int) -> list[int]:
    """Numbers of the next events, heartbeats left out."""
    found: list[int] = []
    async for event in stream:
        found += [event.seq] if event is not None else []
        if len(found) == count:
            break
    return found


def test_a_silent_job_is_still_heard_of(database: Database) -> None:
    attempt = a_running_job(database)

    async def test(reader: EventReader) -> None:
        stream = reader.follow(attempt.job_id, 2)
        assert [await anext(stream), await anext(stream)] == [None, None]

        finish(database, attempt)
        assert await take(stream, 5) == [3]

    with_reader(database, test, heartbeat_seconds=0.05)


def test_a_listener_that_sleeps_misses_nothing(database: Database) -> None:
    attempt = a_running_job(database)

    async def test(reader: EventReader) -> None:
        stream = reader.follow(attempt.job_id, 0)
        assert await take(stream, 2) == [1, 2]
        asleep = asyncio.create_task(anext(stream))  # waits for number 3, and then for nothing
        await asyncio.sleep(0)
        for _ in range(3):
            await run_in_threadpool(note, database, attempt.job_id, HELD_EVENTS // 2)
            await asyncio.sleep(0.3)  # the reader hands out more than a listener holds

        first = await asleep
        assert first is not None
        assert first.seq == 3
        rest = await take(stream, 3 * (HELD_EVENTS // 2) - 1)
        assert rest == list(range(4, 3 + 3 * (HELD_EVENTS // 2)))

    with_reader(database, test)


def test_a_past_longer_than_one_read_is_told_whole(database: Database) -> None:
    job_id = a_finished_job(database)
    attempt = a_running_job(database)
    note(database, attempt.job_id, 1200)
    finish(database, attempt)

    async def test(reader: EventReader) -> None:
        assert await take(reader.follow(attempt.job_id, 0), 5000) == list(range(1, 1204))
        assert await take(reader.follow(job_id, 0), 5000) == [1, 2, 3]

    with_reader(database, test)


def test_who_leaves_is_forgotten_and_who_stays_goes_on(database: Database) -> None:
    attempt = a_running_job(database)

    async def test(reader: EventReader) -> None:
        leaving, staying = reader.follow(attempt.job_id, 0), reader.follow(attempt.job_id, 0)
        assert await take(leaving, 2) == await take(staying, 2)
        await leaving.aclose()  # type: ignore[attr-defined]
        note(database, attempt.job_id, 1)
        assert await take(staying, 1) == [3]
        await staying.aclose()  # type: ignore[attr-defined]

        note(database, attempt.job_id, 1)
        assert await take(reader.follow(attempt.job_id, 3), 1) == [4]

    with_reader(database, test)


def test_the_first_end_of_a_job_that_was_retried_is_not_the_last(database: Database) -> None:
    attempt = a_running_job(database)
    finish(database, attempt, JobState.FAILED)
    act(database, attempt.job_id, Action.RETRY)

    async def test(reader: EventReader) -> None:
        stream = reader.follow(attempt.job_id, 0)
        assert await take(stream, 4) == [1, 2, 3, 4]
        again = await run_in_threadpool(a_claim, database)
        await run_in_threadpool(finish, database, again)
        assert await take(stream, 9) == [5, 6]

    with_reader(database, test)


def test_an_end_that_is_heard_late_is_not_the_last_either(database: Database) -> None:
    """The reader was away while the job failed and was retried: it hands both out together."""
    attempt = a_running_job(database)

    async def test(reader: EventReader) -> None:
        stream = reader.follow(attempt.job_id, 1)
        assert await take(stream, 1) == [2]
        waiting = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        # No turn of the reader comes between them.
        finish(database, attempt, JobState.FAILED)
        act(database, attempt.job_id, Action.RETRY)
        heard = await waiting
        assert heard is not None
        assert heard.seq == 3
        again = await run_in_threadpool(a_claim, database)
        await run_in_threadpool(finish, database, again)
        assert await take(stream, 9) == [4, 5, 6]

    with_reader(database, test)


@pytest.fixture
def on_postgresql(postgresql: PostgreSQL) -> Database:
    with postgresql.database() as url:
        database = Database(url)
        yield database
        database.close()


def test_a_database_that_was_away_is_read_on_where_it_was_left(
    on_postgresql: Database, postgresql: PostgreSQL
) -> None:
    attempt = a_running_job(on_postgresql)
    name = str(on_postgresql.engine.url.database)

    async def test(reader: EventReader) -> None:
        stream = reader.follow(attempt.job_id, 2)
        hearing = asyncio.create_task(take(stream, 3))
        await asyncio.sleep(0.1)
        with postgresql.refusing(name):
            await asyncio.sleep(0.6)
        await run_in_threadpool(note, on_postgresql, attempt.job_id, 3)

        assert await hearing == [3, 4, 5]

    with_reader(on_postgresql, test)


def test_a_stream_that_begins_while_the_database_is_away_waits_for_it(
    on_postgresql: Database, postgresql: PostgreSQL
) -> None:
    attempt = a_running_job(on_postgresql)
    name = str(on_postgresql.engine.url.database)

    async def test(reader: EventReader) -> None:
        with postgresql.refusing(name):
            hearing = asyncio.create_task(take(reader.follow(attempt.job_id, 0), 2))
            await asyncio.sleep(0.6)

        assert await hearing == [1, 2]

    with_reader(on_postgresql, test)


def test_a_stream_does_not_wait_for_the_database_for_ever(
    on_postgresql: Database, postgresql: PostgreSQL
) -> None:
    attempt = a_running_job(on_postgresql)

    async def test(reader: EventReader) -> None:
        with postgresql.refusing(str(on_postgresql.engine.url.database)), pytest.raises(StoreUnavailable):
            await take(reader.follow(attempt.job_id, 0), 2)

    with_reader(on_postgresql, test, heartbeat_seconds=0.3)


def test_a_defect_does_not_silence_the_streams(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = a_running_job(database)
    monkeypatch.setattr(event_reader, "REST_SECONDS", 0.1)

    async def test(reader: EventReader) -> None:
        hearing = asyncio.create_task(take(reader.follow(attempt.job_id, 2), 1))
        with monkeypatch.context() as broken:
            broken.setattr(reader, "_poll", None)
            await asyncio.sleep(0.5)
        await run_in_threadpool(note, database, attempt.job_id, 1)

        assert await hearing == [3]

    with_reader(database, test)


def test_a_cancellation_that_gets_lost_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_reader, "REST_SECONDS", 0.01)
    lost = []

    async def stubborn() -> None:
        while len(lost) < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost.append("one")
        await asyncio.sleep(60)

    async def main() -> None:
        tasks = [asyncio.create_task(work()) for work in (stubborn, partial(asyncio.sleep, 60))]
        await asyncio.sleep(0)
        await asyncio.wait_for(event_reader.ended(tasks), 30)
        assert all(task.cancelled() for task in tasks)

    asyncio.run(main())
    assert len(lost) == 2
