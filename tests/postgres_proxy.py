"""A proxy in front of a PostgreSQL server that is slow, gone, or cuts a connection while it commits."""

import asyncio
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

from sqlalchemy.engine import make_url

SOCKET = ".s.PGSQL.5432"
COMMIT = b"COMMIT"


@dataclass
class Cut:
    """Break the connection on which one thing was said, and another not, in the moment of its commit."""

    said: bytes
    passed_on: bool
    unsaid: bytes | None = None

    def is_meant_for(self, said: bytes) -> bool:
        return self.said in said and (self.unsaid is None or self.unsaid not in said)


class PostgresProxy:
    """Listens on a loopback port, and passes on to the server's own socket.

    delay_seconds    before each thing that a client says is passed on
    cut              what is to be cut; None once it has happened
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._socket = f"{self._url.query['host']}/{SOCKET}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="postgres-proxy")
        self._open: set[StreamWriter] = set()
        self._is_away = False
        self.delay_seconds = 0.0
        self.cut: Cut | None = None

    @property
    def url(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        return f"postgresql://{self._url.username}@127.0.0.1:{port}/{self._url.database}"

    @contextmanager
    def away(self) -> Iterator[None]:
        """No server for a while."""
        self._is_away = True
        self._loop.call_soon_threadsafe(self._cut_all)
        try:
            yield
        finally:
            self._is_away = False

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Each thing that a client says is passed on so much later; for ever, and the server seems frozen."""
        self.delay_seconds = seconds
        try:
            yield
        finally:
            self.delay_seconds = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        self._is_away = True
        self._cut_all()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _cut_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, questions: StreamReader, near: StreamWriter) -> None:
        if self._is_away:
            near.transport.abort()
            return
        answers, far = await asyncio.open_unix_connection(self._socket)
        line = _Line(self, questions, near, answers, far)
        self._open |= {near, far}
        await asyncio.gather(line.ask(), line.answer())
        self._open -= {near, far}


@dataclass
class _Line:
    """One connection, both ways."""

    proxy: PostgresProxy
    questions: StreamReader
    near: StreamWriter
    answers: StreamReader
    far: StreamWriter
    is_cut: bool = False

    async def ask(self) -> None:
        """Pass on what the client says, transaction by transaction."""
        said = b""
        with suppress(OSError):
            while data := await self.questions.read(1 << 16):
                await asyncio.sleep(self.proxy.delay_seconds)
                said += data
                if COMMIT in data:
                    if self._cuts_here(said):
                        break
                    said = b""
                self.far.write(data)
                await self.far.drain()
        if not self.is_cut:
            self.far.close()

    def _cuts_here(self, said: bytes) -> bool:
        """Whether the server must not hear of the commit; either way, the client does not hear of its end."""
        cut = self.proxy.cut
        if cut is None or not cut.is_meant_for(said):
            return False
        self.proxy.cut, self.is_cut = None, True
        if not cut.passed_on:
            self.abort()
        return not cut.passed_on

    async def answer(self) -> None:
        """Pass on what the server says; after a cut, it is heard by nobody."""
        with suppress(OSError):
            while (data := await self.answers.read(1 << 16)) and not self.is_cut:
                self.near.write(data)
                await self.near.drain()
        self.abort()

    def abort(self) -> None:
        self.near.transport.abort()
        self.far.transport.abort()
