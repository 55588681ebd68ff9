"""Many open streams: all hear everything, each event is written once, and nobody who sleeps is waited for."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from starlette.datastructures import Headers
from starlette.types import Message

from app.streams import EventStream, OpenStreams
from core import clock
from core.errors import TooManyStreams
from core.store import events, keys
from tests.builders import a_running_job, finish
from tests.live_api import LiveApi

LISTENERS = 200
NOTES = 20
MINE, OTHER = Headers({"authorization": "Bearer dk_a_s"}), Headers({"authorization": "Bearer dk_b_s"})


async def listen(api: LiveApi, job_id: str, begun: asyncio.Semaphore) -> list[int]:
    """The numbers of all events that a listener hears, over a socket of its own."""
    host, port = api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    asked = f"GET /v1/jobs/{job_id}/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
    writer.write(f"{asked}Authorization: Bearer {api.key}\r\n\r\n".encode())
    heard = []
    while line := await reader.readline():
        if line.startswith(b"HTTP/") and b" 200 " not in line:
            raise AssertionError(line)
        if line.startswith(b"retry:"):
            begun.release()
        if line.startswith(b"data: "):
            heard.append(json.loads(line[6:]))
            if heard[-1]["kind"] == "state" and heard[-1]["data"]["state"] == "succeeded":
                break
    writer.close()
    return [event["seq"] for event in heard]


def test_two_hundred_listeners_all_hear_everything(either_api: LiveApi) -> None:
    attempt = a_running_job(either_api.database)

    def work() -> None:
        for number in range(NOTES):
            with either_api.database.writing() as session:
                events.append(session, attempt.job_id, "note", {"number": number})
        finish(either_api.database, attempt)

    async def crowd() -> list[list[int]]:
        begun = asyncio.Semaphore(0)
        listening = [asyncio.create_task(listen(either_api, attempt.job_id, begun)) for _ in range(LISTENERS)]
        for _ in range(LISTENERS):
            await asyncio.wait_for(begun.acquire(), 120)
        await asyncio.to_thread(work)
        return await asyncio.wait_for(asyncio.gather(*listening), 120)

    assert asyncio.run(crowd()) == [list(range(1, NOTES + 4))] * LISTENERS


async def nothing() -> AsyncIterator[str]:
    yield ""


async def counts(_authorization: str) -> bool:
    return True


def test_a_key_may_have_so_many_streams_and_no_more() -> None:
    async def test() -> None:
        streams = OpenStreams(2, counts)
        opened = [streams.open(MINE, nothing()), streams.open(MINE, nothing())]
        with pytest.raises(TooManyStreams):
            streams.open(MINE, nothing())
        streams.open(OTHER, nothing())

        await run(opened[0], asyncio.Event())
        streams.open(MINE, nothing())

    asyncio.run(test())


async def run(stream: EventStream, stuck: asyncio.Event) -> None:
    """Let the stream answer a listener whose connection may be stuck."""

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if stuck.is_set():
            await asyncio.Event().wait()

    await stream({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)


def test_a_listener_that_takes_nothing_is_let_go() -> None:
    async def test() -> None:
        stuck = asyncio.Event()

        async def lines() -> AsyncIterator[str]:
            yield "one"
            stuck.set()
            yield "two"
            raise AssertionError("nobody is there any more")

        streams = OpenStreams(1, counts, slow_seconds=0.05)
        await asyncio.wait_for(run(streams.open(MINE, lines()), stuck), 20)
        streams.open(MINE, nothing())

    asyncio.run(test())


def test_all_streams_of_a_key_end_when_it_no_longer_counts_and_those_of_others_do_not() -> None:
    ended, asked = set(), []

    async def still_counts(authorization: str) -> bool:
        asked.append(authorization)
        return authorization not in ended

    async def silence() -> AsyncIterator[str]:
        yield "begins"
        await asyncio.Event().wait()

    async def test() -> None:
        streams = OpenStreams(2, still_counts, look_seconds=0.01)
        mine, other = (
            [asyncio.create_task(run(streams.open(whose, silence()), asyncio.Event())) for _ in range(2)]
            for whose in (MINE, OTHER)
        )
        while len(asked) < 6:
            await asyncio.sleep(0.01)
        assert not any(one.done() for one in mine + other)

        ended.add("Bearer dk_a_s")
        await asyncio.wait_for(asyncio.gather(*mine), 20)

        streams.open(MINE, nothing())
        assert not any(one.done() for one in other)

    asyncio.run(test())


def test_a_stream_ends_soon_after_its_key(one_api: LiveApi) -> None:
    job_id = a_running_job(one_api.database, owner="local").job_id
    for path in (f"/v1/jobs/{job_id}/events", "/v1/events"):
        with one_api.database.writing() as session:
            expires = clock.now() + timedelta(seconds=3)
            key = keys.create(session, "short", "local", ("read",), expires)
        asked = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}

        with httpx2.stream("GET", one_api.url + path, headers=asked, timeout=12) as reply:
            assert reply.status_code == 200
            with pytest.raises(httpx2.RemoteProtocolError):
                list(reply.iter_lines())

        assert clock.now() >= expires
        assert httpx2.get(one_api.url + path, headers=asked).status_code == 401
