"""One reader of the event table feeds every open stream of this process."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from app.together import Together
from core.errors import DiskFull, DistilleryError, StoreUnavailable
from core.lifecycle import FINISHED
from core.store import events
from core.store.session import Database
from core.store.tables import Event

POLL_SECONDS = 0.25
REST_SECONDS = 2.0
HEARTBEAT_SECONDS = 15.0
HELD_EVENTS = 1000

log = logging.getLogger("distillery.api")
Listener = asyncio.Queue[Event]
Place = tuple[str, int]


async def repeatedly(read: Callable[[], Awaitable[None]]) -> None:
    """Read until cancelled. Whatever is missed while the database is away is read afterwards."""
    while True:
        pause = POLL_SECONDS
        try:
            with suppress(DistilleryError):
                await read()
        except Exception:
            # A defect must not end the only reader: every stream would stay open, and fall silent.
            log.exception("new events can't be read")
            pause = REST_SECONDS
        await asyncio.sleep(pause)


async def ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel the tasks until they have ended: one cancellation that gets lost must not keep a service up."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=REST_SECONDS)


class EventReader:
    """Polls for new events of the jobs that someone listens to, and hands them out."""

    def __init__(self, database: Database, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._database = database
        self._heartbeat_seconds = heartbeat_seconds
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._read_up_to: dict[str, int] = {}
        # A thousand who begin to listen to a job at once are told its past from one read.
        self._past_reads: Together[Place, list[Event]] = Together("past", self._after)

    async def run(self) -> None:
        """Poll until cancelled."""
        await repeatedly(self._turn)

    def close(self) -> None:
        self._past_reads.close()

    async def _turn(self) -> None:
        """Read once and hand out."""
        if self._read_up_to:
            self._hand_out(await run_in_threadpool(self._poll, dict(self._read_up_to)))

    async def follow(self, job_id: str, seq: int) -> AsyncIterator[Event | None]:
        """Events after number `seq` without a gap, to the job's end; None where a heartbeat is due."""
        listener: Listener = asyncio.Queue(HELD_EVENTS)
        self._listeners[job_id].add(listener)
        try:
            # What was there before is read directly; what the reader hands out meanwhile waits.
            ended = False
            async for event in self._past(job_id, seq):
                seq, ended = event.seq, _is_end(event)
                yield event
            if ended:  # and nothing came after it: a job that is retried has ended more than once
                return
            self._read_up_to.setdefault(job_id, seq)
            async for heard in self._present(listener, job_id, seq):
                yield heard
        finally:
            self._forget(job_id, listener)

    async def _past(self, job_id: str, seq: int) -> AsyncIterator[Event]:
        while batch := await self._patiently(job_id, seq):
            for event in batch:
                yield event
            seq = batch[-1].seq

    async def _patiently(self, job_id: str, seq: int) -> list[Event]:
        """What came after; a short outage is waited out, and breaks no stream that is open."""
        deadline = time.monotonic() + self._heartbeat_seconds
        while True:
            try:
                return await self._past_reads.get((job_id, seq)) or []
            except (StoreUnavailable, DiskFull):
                if time.monotonic() >= deadline:
                    raise
                await asyncio.sleep(POLL_SECONDS)

    async def _present(self, listener: Listener, job_id: str, seq: int) -> AsyncIterator[Event | None]:
        while True:
            try:
                async with asyncio.timeout(self._heartbeat_seconds):
                    event = await listener.get()
            except TimeoutError:
                yield None
                continue
            if event.seq > seq + 1:
                missed = [e async for e in self._past(job_id, seq) if e.seq <= event.seq]
            else:
                missed = [event] if event.seq == seq + 1 else []
            for found in missed:
                seq = found.seq
                yield found
            if missed and _is_end(missed[-1]) and listener.empty():
                return

    def _after(self, places: Collection[Place]) -> dict[Place, list[Event]]:
        with self._database.reading() as session:
            return {place: events.after(session, *place) for place in places}

    def _poll(self, positions: dict[str, int]) -> list[Event]:
        with self._database.reading() as session:
            return events.after_many(session, positions)

    def _hand_out(self, found: list[Event]) -> None:
        for event in found:
            if event.job_id in self._read_up_to:
                self._read_up_to[event.job_id] = event.seq
            for listener in self._listeners.get(event.job_id, ()):
                if listener.full():
                    # A slow listener loses the oldest; it notices the gap and reads it itself.
                    listener.get_nowait()
                listener.put_nowait(event)

    def _forget(self, job_id: str, listener: Listener) -> None:
        self._listeners[job_id].discard(listener)
        if not self._listeners[job_id]:
            del self._listeners[job_id]
            self._read_up_to.pop(job_id, None)


def _is_end(event: Event) -> bool:
    return event.kind == "state" and event.data.get("state") in FINISHED
