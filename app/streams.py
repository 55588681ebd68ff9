"""Streams of events that are open: how many a key may have, and how long a slow reader is waited for."""

import asyncio
import json
from collections import Counter
from contextlib import suppress
from functools import lru_cache
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.schemas.base import View
from core.errors import TooManyStreams

STREAM = "text/event-stream"
# Proxies that buffer would turn a live stream into a late one.
NOT_STORED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
BEGINNING = "retry: 2000\n"
HEARTBEAT = ": still here\n\n"
# Who takes nothing for so long is let go: what waits for them would only grow. They may come back.
SLOW_SECONDS = 30.0


class OpenStreams:
    """Counts the open streams of each key.

    most    of one key; the next one is refused
    """

    def __init__(self, most: int, slow_seconds: float = SLOW_SECONDS) -> None:
        self._most = most
        self._slow_seconds = slow_seconds
        self._open: Counter[str] = Counter()

    def open(self, headers: Headers, lines: Any) -> "EventStream":
        """A stream of these lines, counted until it ends.

        TooManyStreams    the key has as many as it may
        """
        key = headers.get("authorization", "").partition(" ")[2].strip()[3:].partition("_")[0]
        if self._open[key] >= self._most:
            raise TooManyStreams(f"this key has {self._most} open streams, and may have no more")
        self._open[key] += 1
        return EventStream(self, key, lines, self._slow_seconds)

    def closed(self, key: str) -> None:
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]


class EventStream(StreamingResponse):
    """Lines as they come, to one listener who may be slow."""

    def __init__(self, streams: OpenStreams, key: str, lines: Any, slow_seconds: float) -> None:
        super().__init__(lines, media_type=STREAM, headers=NOT_STORED)
        self._streams = streams
        self._key = key
        self._slow_seconds = slow_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(self._slow_seconds):
                    await send(message)
            except TimeoutError as error:
                raise OSError("the listener takes nothing") from error

        try:
            # What is broken off ends the connection: the listener sees that it was not the end.
            with suppress(OSError, ClientDisconnect):
                await super().__call__(scope, receive, send_in_time)
        finally:
            self._streams.closed(self._key)


def message(view: View, position: object, kind: str) -> str:
    """One event, as it is sent."""
    data = json.dumps(view.model_dump(mode="json"), allow_nan=False)
    return f"id: {position}\nevent: {kind}\ndata: {data}\n\n"


# All who listen to a job are handed the same object: it is written once for all of them.
once_for_all = lru_cache(maxsize=1024)
