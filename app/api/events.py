"""Events of a job: a list, or a live stream."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from app.api.documented import fails, headers
from app.dependencies import Reader, database
from app.event_reader import EventReader
from app.queries import ClosedQuery
from app.schemas.events import EventList, EventView
from core.lifecycle import FINISHED
from core.store import events, jobs
from core.store.tables import Event, Job

router = APIRouter(prefix="/v1/jobs", tags=["events"])

MOST = 500
STREAM = "text/event-stream"
# Proxies that buffer would turn a live stream into a late one.
NOT_STORED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
LAST_SEQ = 2**62


class EventQuery(ClosedQuery):
    """Which events."""

    after_seq: int = Field(0, ge=0, le=LAST_SEQ, description="only events with a higher `seq`")
    limit: int = Field(MOST, ge=1, le=MOST, description="of a list; a stream has none")


@router.get(
    "/{job_id}/events",
    summary="List or follow events",
    response_model=EventList,
    responses=fails(404)
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
    after_seq, limit = query.after_seq, query.limit
    streams = STREAM in request.headers.get("accept", "")
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit():
        after_seq = max(after_seq, min(int(last_event_id[:18]), LAST_SEQ))

    def read() -> tuple[Job, list[Event]]:
        with database(request).reading() as session:
            job = jobs.get(session, job_id, who.sees)
            return job, [] if streams else events.after(session, job_id, after_seq, limit + 1)

    job, found = await run_in_threadpool(read)
    if not streams:
        page = [EventView.of(event) for event in found[:limit]]
        return EventList(data=page, has_more=len(found) > limit)
    if job.state in FINISHED and after_seq >= job.event_seq:
        # The stream would stay silent for ever; a 204 keeps browsers from connecting again.
        return Response(status_code=204)
    reader: EventReader = request.app.state.event_reader
    # Who names an event that is yet to come, hears from now on, and the end above all.
    lines = _lines(reader, job_id, min(after_seq, job.event_seq))
    return StreamingResponse(lines, media_type=STREAM, headers=NOT_STORED)


async def _lines(reader: EventReader, job_id: str, after_seq: int) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    async for event in reader.follow(job_id, after_seq):
        if event is None:
            yield ": still here\n\n"
            continue
        data = json.dumps(EventView.of(event).model_dump(mode="json"), allow_nan=False)
        yield f"id: {event.seq}\nevent: {event.kind}\ndata: {data}\n\n"
