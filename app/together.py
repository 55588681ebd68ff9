"""Many who ask for one thing each are answered by one read."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")
MOST = 256


class Together(Generic[Key, Answer]):
    """Reads what is asked for in a thread of its own, and meanwhile gathers what is asked for next.

    A thread and a transaction for each would cost more than what is read. Who asks while a read is under way
    is served by the next one: nobody is told what was so before they asked.

    read    runs in the thread; what it does not find, it leaves out
    most    are asked for in one read
    """

    def __init__(
        self, name: str, read: Callable[[Collection[Key]], Mapping[Key, Answer]], most: int = MOST
    ) -> None:
        self._read = read
        self._most = most
        self._thread = ThreadPoolExecutor(1, name)
        self._asked: list[tuple[Key, asyncio.Future[Answer | None]]] = []
        self._serving: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Answer | None:
        """What is found under the key, or None; raises what reading raises."""
        answer = asyncio.get_running_loop().create_future()
        self._asked.append((key, answer))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        found: Answer | None = await answer
        return found

    def close(self) -> None:
        """Wait for the read that is under way; nobody may ask any more."""
        self._thread.shutdown(cancel_futures=True)

    async def _serve(self) -> None:
        try:
            while self._asked:
                now, self._asked = self._asked[: self._most], self._asked[self._most :]
                await self._answer(now)
        finally:
            self._serving = None

    async def _answer(self, now: list[tuple[Key, asyncio.Future[Answer | None]]]) -> None:
        keys = dict.fromkeys(key for key, _ in now)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, keys)
        except Exception as error:
            # Who came meanwhile has waited as well: another try would hold them as long again.
            told, self._asked = [*now, *self._asked], []
            for _, answer in told:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for key, answer in now:
                if not answer.done():  # whoever asked may have gone
                    answer.set_result(found.get(key))
