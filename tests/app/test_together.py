"""Many who ask are answered by one read, and never by one that began before they asked."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection, Iterator

import pytest

from app.together import Together
from core.errors import StoreUnavailable


class Shelf:
    """What is read, how often, and a door that can be closed for a while."""

    def __init__(self) -> None:
        self.books = {"a": 1, "b": 2}
        self.reads: list[set[str]] = []
        self.door = threading.Event()
        self.door.set()
        self.fails = False

    def read(self, keys: Collection[str]) -> dict[str, int]:
        self.reads.append(set(keys))
        found = {key: self.books[key] for key in keys if key in self.books}
        assert self.door.wait(10)
        if self.fails:
            raise StoreUnavailable
        return found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def together(shelf: Shelf) -> Iterator[Together[str, int]]:
    reader = Together("test", shelf.read)
    yield reader
    reader.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await asyncio.wait_for(test(), 20)

    asyncio.run(main())


async def under_way(shelf: Shelf, count: int = 1) -> None:
    while len(shelf.reads) < count:
        await asyncio.sleep(0.001)


def test_what_is_asked_for_together_is_read_at_once(shelf: Shelf, together: Together[str, int]) -> None:
    async def test() -> None:
        found = await asyncio.gather(*(together.get(key) for key in ("a", "b", "a", "missing")))

        assert found == [1, 2, 1, None]
        assert shelf.reads == [{"a", "b", "missing"}]

    run(test)


def test_who_asks_during_a_read_is_served_by_the_next(shelf: Shelf, together: Together[str, int]) -> None:
    async def test() -> None:
        shelf.door.clear()
        first = asyncio.create_task(together.get("a"))
        await under_way(shelf)
        shelf.books["a"] = 10
        second = asyncio.create_task(together.get("a"))
        await asyncio.sleep(0)
        shelf.door.set()

        assert (await first, await second) == (1, 10)

    run(test)


def test_who_waited_behind_a_read_that_failed_waits_no_longer(
    shelf: Shelf, together: Together[str, int]
) -> None:
    async def test() -> None:
        shelf.door.clear()
        shelf.fails = True
        asking = [asyncio.create_task(together.get("a"))]
        await under_way(shelf)
        asking.append(asyncio.create_task(together.get("b")))
        await asyncio.sleep(0)
        shelf.door.set()

        for found in await asyncio.gather(*asking, return_exceptions=True):
            assert isinstance(found, StoreUnavailable)
        assert shelf.reads == [{"a"}]
        shelf.fails = False
        assert await together.get("b") == 2

    run(test)


def test_who_leaves_disturbs_nobody(shelf: Shelf, together: Together[str, int]) -> None:
    async def test() -> None:
        shelf.door.clear()
        leaving, staying = (asyncio.create_task(together.get("a")) for _ in range(2))
        await under_way(shelf)
        leaving.cancel()
        await asyncio.sleep(0)
        shelf.door.set()

        assert await staying == 1
        assert await together.get("b") == 2

    run(test)


def test_the_event_loop_goes_on_while_something_is_read(shelf: Shelf, together: Together[str, int]) -> None:
    async def test() -> None:
        shelf.door.clear()
        asking = asyncio.create_task(together.get("a"))
        await under_way(shelf)
        for _ in range(100):
            await asyncio.sleep(0)
        assert not asking.done()

        shelf.door.set()
        assert await asking == 1

    run(test)
