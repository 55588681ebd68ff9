"""Follow the events of a job over connections that may break, without a gap."""

import socket
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress

import httpx2

from app.client.deadline import Deadline
from app.client.results import Event
from app.client.retry import Temporary
from app.client.transport import Transport

PATIENCE_SECONDS = 60.0
# The service says "still here" every 15 seconds.
SILENCE_SECONDS = 40.0
CONNECT_SECONDS = 5.0
PAUSE_SECONDS = 1.0
OVER = 204


class Stream:
    """The events of one job after number `seq`, as they happen, to its end.

    deadline    raises TimedOut when the caller's time is up
    patience    seconds for which a service that does not answer is asked again
    """

    def __init__(
        self, transport: Transport, path: str, seq: int, deadline: Deadline, patience: float
    ) -> None:
        self._transport = transport
        self._path = path
        self._seq = seq
        self._deadline = deadline
        self._patience = patience
        self._lost_at: float | None = None

    def __iter__(self) -> Iterator[Event]:
        over = False
        while not over:
            pause = PAUSE_SECONDS
            try:
                over = yield from self._listen()
            except Temporary as failure:
                pause = self._pause_after(failure)
            if not over:
                time.sleep(self._deadline.left(pause))

    def _listen(self) -> Generator[Event, None, bool]:
        """Events of one connection; returns whether they were the last."""
        timeout = httpx2.Timeout(SILENCE_SECONDS, connect=self._deadline.left(CONNECT_SECONDS))
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(self._seq)}
        with self._transport.open(self._path, headers=headers, timeout=timeout) as response:
            self._lost_at = None
            if response.status_code == OVER:
                return True
            with cut_off(response, self._deadline.seconds()):
                ended = False
                for event in _events(response):
                    ended = event.is_end
                    if event.seq > self._seq:
                        self._seq = event.seq
                        yield event
        # The service closes the stream after the end; before it, the connection broke.
        return ended

    def _pause_after(self, failure: Temporary) -> float:
        now = time.monotonic()
        self._lost_at = self._lost_at or now
        if now - self._lost_at > self._patience:
            raise failure.error from failure.__cause__
        return failure.retry_after or PAUSE_SECONDS


def _events(response: httpx2.Response) -> Iterator[Event]:
    for sent in httpx2.EventSource(response):
        # What has no data only sets the browser's pause before it connects again.
        if sent.data:
            yield Event.of(sent.json())


@contextmanager
def cut_off(response: httpx2.Response, seconds: float | None) -> Iterator[None]:
    """Break the connection after so many seconds: heartbeats would keep a blocked read from timing out."""
    if seconds is None:
        yield
        return
    connection = response.extensions["network_stream"].get_extra_info("socket")
    timer = threading.Timer(seconds, _shut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
