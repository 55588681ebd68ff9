"""Events of all jobs: a list, or a live stream."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from app.api.documented import STREAMS, fails, fails_to_resume, headers
from app.dependencies import Reader, database
from app.feed_reader import FeedReader
from app.queries import ClosedQuery
from app.schemas.feed import FeedEvent, FeedList
from app.streams import BEGINNING, HEARTBEAT, STREAM, OpenStreams, message, no_such_event, once_for_all
from core.errors import FieldError, InvalidSpec
from core.store import feed
from core.store.feed import START, Placed, Position
from core.store.session import Database

router = APIRouter(prefix="/v1", tags=["events"])

MOST = 500
# Of the events of others, about so many are passed over in one request.
PASSED_OVER = 5000


class FeedQuery(ClosedQuery):
    """Which events."""

    after: str | None = Field(
        None, max_length=100,
        description="a `position`; without one a list starts at the beginning, a stream at the present",
    )  # fmt: skip
    limit: int = Field(MOST, ge=1, le=MOST, description="of a list; a stream has none")


@router.get(
    "/events",
    summary="List or follow the events of all jobs",
    response_model=FeedList,
    responses=fails(STREAMS)
    | fails_to_resume()
    | {
        200: {
            "content": {STREAM: {"schema": {"type": "string"}}},
            "description": "A list, or a live stream.",
            **headers(),
        }
    },
)
async def list_all_events(
    query: Annotated[FeedQuery, Query()], who: Reader, request: Request,
    last_event_id: Annotated[str | None, Header(description="as `after`; browsers send it")] = None,
) -> Any:  # fmt: skip
    """Events of every job of this key, in one order that holds for good; an admin key sees all jobs.

    With `Accept: text/event-stream` they go on for ever. A stream that broke is resumed without a gap by
    Last-Event-ID, as browsers do by themselves.
    """
    position = None if query.after is None else Position.parse(query.after)
    if query.after is not None and position is None:
        detail = "not a position of this list: take it as it came"
        raise InvalidSpec(errors=(FieldError("?after", "bad_position", detail),))
    last = Position.parse(last_event_id) if last_event_id else None
    if last_event_id and last is None:
        raise no_such_event()
    if STREAM not in request.headers.get("accept", ""):
        start = position or START
        return await run_in_threadpool(_page, database(request), who.sees, start, query.limit)
    reader: FeedReader = request.app.state.feed_reader
    opened: OpenStreams = request.app.state.streams
    database(request)  # is there, and is its home
    begin = await reader.start(last or position)
    return opened.open(request.headers, _lines(reader, who.sees, begin))


def _page(database: Database, sees: str | None, position: Position, limit: int) -> FeedList:
    """`told` is the position that is given out: it leads on as well, and names no job of others."""
    found: list[FeedEvent] = []
    start = told = position
    passed = 0
    while True:
        with database.reading() as session:
            some = feed.after(session, position, MOST)
        for placed in some:
            if len(found) == limit:
                return FeedList(data=found, has_more=True, next_after=str(told))
            position = Position.of(placed.event)
            if sees is None or placed.owner == sees:
                told = position
                found.append(FeedEvent.of_feed(placed))
        if len(some) < MOST:
            # What was read is over, whole turns of it: nothing will be added before the next one.
            end = told if told == position else Position.before(position.turn + 1)
            return FeedList(data=found, has_more=False, next_after=str(end))
        told = max(told, Position.before(position.turn))
        passed += MOST
        # A turn that is longer than this is passed over as a whole: else it would never be left behind.
        if passed >= PASSED_OVER and told > start:
            return FeedList(data=found, has_more=True, next_after=str(told))


async def _lines(reader: FeedReader, sees: str | None, position: Position) -> AsyncIterator[str]:
    # Without data it is no event; but whoever loses the connection now comes back with this id.
    yield f"{BEGINNING}id: {position}\n\n"
    async for placed in reader.follow(sees, position):
        yield HEARTBEAT if placed is None else _message(placed)


@once_for_all
def _message(placed: Placed) -> str:
    return message(FeedEvent.of_feed(placed), Position.of(placed.event), placed.event.kind)
