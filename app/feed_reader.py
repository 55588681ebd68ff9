"""The events of all jobs, read once for all who listen to them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from app.event_reader import HEARTBEAT_SECONDS, HELD_EVENTS, repeatedly
from core.store import feed
from core.store.feed import Placed, Position
from core.store.session import Database

WINDOW = 500


@dataclass(eq=False)
class Listener:
    """Who listens, and what waits for them. Who is too slow misses some, and reads it again by themselves.

    sees    the owner whose jobs are shown; None sees all
    """

    sees: str | None
    waiting: asyncio.Queue[Placed] = field(default_factory=lambda: asyncio.Queue(HELD_EVENTS))
    missed: bool = False

    def may_see(self, placed: Placed) -> bool:
        return self.sees is None or placed.owner == self.sees

    def tell(self, placed: Placed) -> None:
        if self.missed or not self.may_see(placed):
            return
        if self.waiting.full():
            self.missed = True
        else:
            self.waiting.put_nowait(placed)

    def begin_again(self) -> None:
        self.missed = False
        while not self.waiting.empty():
            self.waiting.get_nowait()


class FeedReader:
    """Polls for new events of any job while someone listens, and hands them out."""

    def __init__(self, database: Database, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._database = database
        self._heartbeat_seconds = heartbeat_seconds
        self._listeners: set[Listener] = set()
        self._read_up_to: Position | None = None

    async def run(self) -> None:
        """Poll until cancelled."""
        await repeatedly(self._turn)

    async def start(self, position: Position | None) -> Position:
        """Where to listen from: the present, unless an earlier position is given."""
        present = await run_in_threadpool(self._now)
        return present if position is None else min(position, present)

    async def follow(self, sees: str | None, position: Position) -> AsyncIterator[Placed | None]:
        """Events behind a position without a gap, for ever; None where a heartbeat is due."""
        listener = Listener(sees)
        self._listeners.add(listener)
        try:
            while True:
                # What is read directly was there before; what the reader hands out meanwhile waits.
                listener.begin_again()
                while batch := await run_in_threadpool(self._after, position):
                    for placed in batch:
                        position = Position.of(placed.event)
                        if listener.may_see(placed):
                            yield placed
                self._read_up_to = self._read_up_to or position
                async for heard in self._present(listener, position):
                    position = position if heard is None else Position.of(heard.event)
                    yield heard
        finally:
            self._listeners.discard(listener)
            self._read_up_to = self._read_up_to if self._listeners else None

    async def _present(self, listener: Listener, position: Position) -> AsyncIterator[Placed | None]:
        """What is handed out from now on; ends when something was missed and all before it is told."""
        while not (listener.missed and listener.waiting.empty()):
            try:
                async with asyncio.timeout(self._heartbeat_seconds):
                    placed = await listener.waiting.get()
            except TimeoutError:
                yield None
                continue
            if Position.of(placed.event) > position:
                yield placed

    async def _turn(self) -> None:
        """Read what is new and hand it out."""
        while self._read_up_to is not None:
            found = await run_in_threadpool(self._after, self._read_up_to)
            if not found or self._read_up_to is None:  # the last listener may have gone meanwhile
                return
            self._read_up_to = max(self._read_up_to, Position.of(found[-1].event))
            for placed in found:
                for listener in self._listeners:
                    listener.tell(placed)

    def _now(self) -> Position:
        with self._database.reading() as session:
            return feed.present(session)

    def _after(self, position: Position) -> list[Placed]:
        with self._database.reading() as session:
            return feed.after(session, position, WINDOW)
