"""The list of jobs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.api.documented import fails, headers
from app.cursors import LONGEST, position_of
from app.dependencies import Reader
from app.lists import Lists, Question
from app.paging import link
from app.queries import ClosedQuery
from app.schemas.jobs import JobList
from app.schemas.moments import Moment
from core.errors import FieldError, InvalidSpec
from core.lifecycle import JobState
from core.spec.base import Tag
from core.store.listing import Sort, Wanted

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


class ListQuery(ClosedQuery):
    """How to cut a list, and in which order."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=LONGEST, description="next_cursor of the page before")
    state: list[JobState] = Field([], description="only jobs in one of these states")
    tag: list[Tag] = Field([], max_length=32, description="only jobs with all of these tags")
    q: str | None = Field(None, max_length=200, description="part of the name")
    created_after: Moment | None = Field(None, description="only jobs that were submitted later")
    created_before: Moment | None = Field(None, description="only jobs that were submitted earlier")
    sort: Sort = Field(
        Sort.NEWEST,
        description="with - the largest first; by updated_at, a job that changes between two pages may be on "
        "both, or on none",
    )

    def wanted(self) -> Wanted:
        """What it asks of the store.

        InvalidSpec    there can be no such job, as both dates exclude each other
        """
        if self.created_after and self.created_before and self.created_after >= self.created_before:
            detail = "must be later than created_after"
            raise InvalidSpec(errors=(FieldError("?created_before", "empty_period", detail),))
        return Wanted(
            tuple(self.state), tuple(self.tag), self.q, self.created_after, self.created_before, self.sort
        )  # fmt: skip


@router.get(
    "", summary="List jobs", response_model=JobList, responses=fails() | {200: headers("Link")}
)  # fmt: skip
async def list_jobs(query: Annotated[ListQuery, Query()], who: Reader, request: Request) -> Any:
    """Jobs, newest first unless another order is asked for. Each page costs the same, however far it is."""
    wanted = query.wanted()
    behind = None if query.cursor is None else position_of(query.cursor, wanted, who.sees)
    lists: Lists = request.app.state.lists
    found = await lists.page(Question(who.sees, query.limit, wanted, behind))
    return Response(found.text, headers=link(request, found.cursor), media_type="application/json")
