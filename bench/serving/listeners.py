"""A thousand who listen to one job: how soon all of them hear, and what it costs the API."""

import asyncio
import statistics
import time
from typing import Any

from bench.serving import process
from bench.serving.content import Content, in_state
from bench.serving.load import get
from bench.serving.process import Server
from core.lifecycle import JobState
from core.store import events

LISTENERS, EVENTS = 1000, 5
MARK = b"event: note"


def measure(content: Content) -> dict[str, Any]:
    ((job_id, _),) = in_state(content, JobState.RUNNING, 1)
    with process.api(content.home) as api:
        return asyncio.run(_measured(api, content, job_id))


async def _measured(api: Server, content: Content, job_id: str) -> dict[str, Any]:
    asked = get(f"/v1/jobs/{job_id}/events", content.key, Accept="text/event-stream", Last_Event_ID="1")
    listening = [await _opened(api.port, asked) for _ in range(LISTENERS)]
    rounds = []
    for _ in range(EVENTS):
        hearing = asyncio.gather(*(_heard(reader) for reader, _ in listening))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(_happen, content, job_id)
        committed = time.perf_counter()
        rounds.append(sorted(heard - committed for heard in await hearing))
    memory = api.resident_megabytes()
    for _, writer in listening:
        writer.close()
    last = [heard[-1] for heard in rounds]
    return {
        "listeners": LISTENERS, "n": EVENTS,
        "last_heard_seconds": round(statistics.median(last), 3),
        "spread": [round(min(last), 3), round(max(last), 3)],
        "median_heard_seconds": round(statistics.median(heard[LISTENERS // 2] for heard in rounds), 3),
        "api_resident_megabytes": memory,
    }  # fmt: skip


async def _opened(port: int, asked: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(asked)
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head.splitlines()[0], head
    return reader, writer


async def _heard(reader: asyncio.StreamReader) -> float:
    await asyncio.wait_for(reader.readuntil(MARK), 60)
    return time.perf_counter()


def _happen(content: Content, job_id: str) -> None:
    with content.writing() as session:
        events.append(session, job_id, "note", {})
