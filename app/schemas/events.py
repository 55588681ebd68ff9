"""Events of a job."""

from datetime import datetime
from typing import Any, Self

from app.schemas.base import View
from core.store import tables


class EventView(View):
    """One event of a job; `seq` counts from 1 without gaps."""

    seq: int
    at: datetime
    kind: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: tables.Event) -> Self:
        return cls(seq=event.seq, at=event.at, kind=event.kind, data=event.data)


class EventList(View):
    data: list[EventView]
    has_more: bool
