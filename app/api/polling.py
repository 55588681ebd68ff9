"""The route that is asked most: one job, and whether it has changed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from app.api.documented import fails, headers, unchanged
from app.dependencies import Reader
from app.polling import answer
from app.queries import ClosedQuery
from app.schemas.jobs import JobView

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], redirect_slashes=False)

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
