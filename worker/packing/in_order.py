"""The same function on many things by a few threads, with results in order and few of them waiting."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")

THREADS = 2  # decoders let other threads run; small images are bound by what is around decoding
AHEAD = 4


def in_order(function: Callable[[Given], Found], things: Iterable[Given]) -> Iterator[Found]:
    """What the function makes of each; the first error ends it."""
    waiting: deque[Future[Found]] = deque()
    pool = ThreadPoolExecutor(THREADS)
    try:
        for thing in things:
            waiting.append(pool.submit(function, thing))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
