"""The route that is asked most: one job, and whether it has changed."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.routing import APIRoute
from pydantic import Field
from starlette.responses import Response

from app.api.documented import fails, headers, unchanged
from app.callers import Caller
from app.conditional import is_known
from app.dependencies import Reader, identified
from app.job_views import etag
from app.polling import Polling, news
from app.queries import ClosedQuery
from app.schemas.jobs import JobView
from core.lifecycle import FINISHED
from core.store.polled import Version

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PlainFirst(APIRoute):
    """Answers a request without a query by itself. Most polls are such, and half of what one costs is finding
    out by the general way that it asks for nothing in particular.
    """

    def get_route_handler(self) -> Handler:
        general = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.scope["query_string"]:
                return await general(request)
            who = await identified(request)
            who.demand("read")
            return await answer(request, request.path_params["job_id"], who, 0)

        return handle


router = APIRouter(prefix="/v1/jobs", tags=["jobs"], redirect_slashes=False, route_class=PlainFirst)

LONGEST_WAIT = 60


class PollQuery(ClosedQuery):
    """How patient the caller is."""

    wait: float = Field(0, ge=0, le=LONGEST_WAIT, description="seconds to wait for a change")


@router.get(
    "/{job_id}", summary="Show a job", response_model=JobView,
    responses=fails(404) | unchanged() | {200: headers("ETag")},
)  # fmt: skip
async def get_job(
    job_id: str, query: Annotated[PollQuery, Query()], who: Reader, request: Request
) -> Any:  # fmt: skip
    """One job, whole. Poll it with If-None-Match: a 304 costs next to nothing.

    With `wait` the answer comes when the job is no longer as If-None-Match names it, or as it was when the
    request came; after that many seconds at the latest, with 304 for who named that version. A job that has
    ended is not waited for.
    """
    return await answer(request, job_id, who, query.wait)


async def answer(request: Request, job_id: str, who: Caller, wait: float) -> Response:
    """The job as it is, or as soon as it has changed."""
    polling: Polling = request.app.state.polling
    if wait or "if-none-match" in request.headers:
        version = await polling.version(job_id, who.sees)
        if wait and _is_waited_for(request, version):
            reader = request.app.state.event_reader
            await news(reader, job_id, version.event_seq, wait, request.is_disconnected)
            version = await polling.version(job_id, who.sees)
        if is_known(request, etag(version)):
            return Response(status_code=304, headers={"ETag": etag(version)})
    shown = await polling.job(job_id, who.sees)
    return Response(shown.text, headers={"ETag": shown.etag}, media_type="application/json")


def _is_waited_for(request: Request, version: Version) -> bool:
    if version.state in FINISHED:
        return False
    return "if-none-match" not in request.headers or is_known(request, etag(version))
