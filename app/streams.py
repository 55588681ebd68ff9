"""Streams of events that are open: how many a key may have, and when they end before their lines do."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.callers import presented_in
from app.schemas.base import View
from core.errors import FieldError, InvalidRequest, TooManyStreams

STREAM = "text/event-stream"
# Proxies that buffer would turn a live stream into a late one.
NOT_STORED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
BEGINNING = "retry: 2000\n"
HEARTBEAT = ": still here\n\n"
# Who takes nothing for so long is let go: what waits for them would only grow. They may come back.
SLOW_SECONDS = 30.0
# So often it is asked whether the key of open streams still counts: once for all streams of a key.
LOOK_SECONDS = 3.0


def no_such_event() -> InvalidRequest:
    """To begin elsewhere would repeat what was heard, or leave a gap, and nobody would be told."""
    detail = "not the id of an event of this stream: send it as it came"
    return InvalidRequest(errors=(FieldError("header Last-Event-ID", "bad_position", detail),))


class OpenStreams:
    """Counts the open streams of each key, and ends them when the key no longer counts.

    most           of one key; the next one is refused
    still_count    whether the key in an Authorization header does
    """

    def __init__(
        self, most: int, still_count: Callable[[str], Awaitable[bool]],
        slow_seconds: float = SLOW_SECONDS, look_seconds: float = LOOK_SECONDS,
    ) -> None:  # fmt: skip
        self._most = most
        self._still_count = still_count
        self._slow_seconds = slow_seconds
        self._look_seconds = look_seconds
        self._open: dict[str, set[EventStream]] = {}
        self._watching: dict[str, asyncio.Task[None]] = {}

    def open(self, headers: Headers, lines: Any) -> "EventStream":
        """A stream of these lines, counted until it ends.

        TooManyStreams    the key has as many as it may
        """
        authorization = headers.get("authorization", "")
        key = presented_in(authorization) or ""
        if len(self._open.get(key, ())) >= self._most:
            raise TooManyStreams(f"this key has {self._most} open streams, and may have no more")
        if key not in self._open:
            self._open[key] = set()
            self._watching[key] = asyncio.create_task(self._watch(key, authorization))
        stream = EventStream(lines, self._slow_seconds, lambda: self._closed(key, stream))
        self._open[key].add(stream)
        return stream

    def _closed(self, key: str, stream: "EventStream") -> None:
        self._open[key].discard(stream)
        if not self._open[key]:
            del self._open[key]
            self._watching.pop(key).cancel()

    async def _watch(self, key: str, authorization: str) -> None:
        """Ask for one key, until it no longer counts or its last stream is closed."""
        while True:
            await asyncio.sleep(self._look_seconds)
            if not await self._still_count(authorization):
                for stream in self._open[key]:
                    stream.end()


class EventStream(StreamingResponse):
    """Lines as they come, to one listener who may be slow."""

    def __init__(self, lines: Any, slow_seconds: float, closed: Callable[[], None]) -> None:
        super().__init__(lines, media_type=STREAM, headers=NOT_STORED)
        self._slow_seconds = slow_seconds
        self._closed = closed
        self._until = asyncio.timeout(None)
        self._begun = False

    def end(self) -> None:
        """Break it off, wherever it is."""
        if self._begun and not self._until.expired():
            self._until.reschedule(asyncio.get_running_loop().time())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(self._slow_seconds):
                    await send(message)
            except TimeoutError as error:
                raise OSError("the listener takes nothing") from error

        try:
            # What is broken off ends the connection: the listener sees that it was not the end.
            with suppress(OSError, ClientDisconnect):  # a TimeoutError is an OSError, too
                async with self._until:
                    self._begun = True
                    await super().__call__(scope, receive, send_in_time)
        finally:
            self._begun = False
            self._closed()


def message(view: View, position: object, kind: str) -> str:
    """One event, as it is sent."""
    data = json.dumps(view.model_dump(mode="json"), allow_nan=False)
    return f"id: {position}\nevent: {kind}\ndata: {data}\n\n"


# All who listen to a job are handed the same object: it is written once for all of them.
once_for_all = lru_cache(maxsize=1024)
