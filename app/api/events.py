"""Events of a job: a list, or a live stream."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.api.documented import STREAMS, fails, fails_to_resume, headers
from app.dependencies import Reader, database
from app.event_reader import EventReader
from app.polling import Polling
from app.queries import ClosedQuery
from app.schemas.events import EventList, EventView
from app.streams import BEGINNING, HEARTBEAT, STREAM, OpenStreams, message, no_such_event, once_for_all
from core.lifecycle import FINISHED
from core.store import events
from core.store.session import Database
from core.store.tables import Event

router = APIRouter(prefix="/v1/jobs", tags=["events"])

MOST = 500
LAST_SEQ = 2**62


class EventQuery(ClosedQuery):
    """Which events."""

    after_seq: int = Field(0, ge=0, le=LAST_SEQ, description="only events with a higher `seq`")
    limit: int = Field(MOST, ge=1, le=MOST, description="of a list; a stream has none")


@router.get(
    "/{job_id}/events",
    summary="List or follow events",
    response_model=EventList,
    responses=fails(404, STREAMS)
    | fails_to_resume()
    | {
        200: {
            "content": {STREAM: {"schema": {"type": "string"}}},
            "description": "A list, or a live stream.",
            **headers(),
        },
        204: {
            "description": "To a stream: the job has ended, and there is nothing after that event.",
            **headers(),
        },
    },
)
async def list_events(
    job_id: str, query: Annotated[EventQuery, Query()], who: Reader, request: Request,
    last_event_id: Annotated[str | None, Header(description="as after_seq; browsers send it")] = None,
) -> Any:  # fmt: skip
    """Events after `after_seq`. With `Accept: text/event-stream` they go on until the job has ended.

    A stream that broke is resumed without a gap by Last-Event-ID, as browsers do by themselves.
    """
    after_seq, limit = max(query.after_seq, _seq(last_event_id or "0")), query.limit
    streams = STREAM in request.headers.get("accept", "")
    polling: Polling = request.app.state.polling
    job = await polling.version(job_id, who.sees)
    if not streams:
        found = await run_in_threadpool(_read, database(request), job_id, after_seq, limit + 1)
        page = [EventView.of(event) for event in found[:limit]]
        return EventList(data=page, has_more=len(found) > limit)
    if job.state in FINISHED and after_seq >= job.event_seq:
        # The stream would stay silent for ever; a 204 keeps browsers from connecting again.
        return Response(status_code=204)
    reader: EventReader = request.app.state.event_reader
    opened: OpenStreams = request.app.state.streams
    # Who names an event that is yet to come, hears from now on, and the end above all.
    return opened.open(request.headers, _lines(reader, job_id, min(after_seq, job.event_seq)))


def _seq(last_event_id: str) -> int:
    if not (last_event_id.isascii() and last_event_id.isdigit()):
        raise no_such_event()
    return min(int(last_event_id[:18]), LAST_SEQ)


def _read(database: Database, job_id: str, after_seq: int, limit: int) -> list[Event]:
    with database.reading() as session:
        return events.after(session, job_id, after_seq, limit)


async def _lines(reader: EventReader, job_id: str, after_seq: int) -> AsyncIterator[str]:
    yield f"{BEGINNING}\n"
    async for event in reader.follow(job_id, after_seq):
        yield HEARTBEAT if event is None else _message(event)


@once_for_all
def _message(event: Event) -> str:
    return message(EventView.of(event), event.seq, event.kind)
