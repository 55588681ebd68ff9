"""Events of all jobs."""

from typing import Self

from app.schemas.base import View
from app.schemas.events import EventView
from core.store.feed import Placed, Position


class FeedEvent(EventView):
    """One event of any job. `position` leads to what came after it, in the order of all jobs."""

    job_id: str
    position: str

    @classmethod
    def of_feed(cls, placed: Placed) -> Self:
        event = placed.event
        return cls(
            seq=event.seq, at=event.at, kind=event.kind, data=event.data, job_id=event.job_id,
            position=str(Position.of(event)),
        )  # fmt: skip


class FeedList(View):
    """A part of the events. `next_after` leads on, also where nothing in this part was yours."""

    data: list[FeedEvent]
    has_more: bool
    next_after: str
