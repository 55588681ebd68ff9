"""Follow the events of all jobs over connections that may break, without a gap."""

from collections.abc import Generator, Iterator
from typing import cast

import httpx2

from app.client.comparison import FeedEvent
from app.client.deadline import Deadline
from app.client.stream import CONNECT_SECONDS, SILENCE_SECONDS, Stream, cut_off
from app.client.transport import Transport

PATH = "/v1/events"


class Feed(Stream):
    """Events of every job of the key behind a position, as they happen, for ever.

    position    None: from now on
    """

    def __init__(
        self, transport: Transport, position: str | None, deadline: Deadline, patience: float
    ) -> None:
        super().__init__(transport, PATH, 0, deadline, patience)
        self._position = position

    def __iter__(self) -> Iterator[FeedEvent]:
        return cast(Iterator[FeedEvent], super().__iter__())

    def _listen(self) -> Generator[FeedEvent, None, bool]:
        """Events of one connection; there is always more to come."""
        timeout = httpx2.Timeout(SILENCE_SECONDS, connect=self._deadline.left(CONNECT_SECONDS))
        headers = {"Accept": "text/event-stream"}
        if self._position is not None:
            headers["Last-Event-ID"] = self._position
        with self._transport.open(self._path, headers=headers, timeout=timeout) as response:
            self._lost_at = None
            with cut_off(response, self._deadline.seconds()):
                for sent in httpx2.EventSource(response):
                    # The first one has no data: it says where the stream begins.
                    self._position = sent.id or self._position
                    if sent.data:
                        yield FeedEvent.of(sent.json())
        return False
