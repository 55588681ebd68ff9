"""Reports of jobs, alone and side by side."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import FileResponse

from app import comparison
from app.api.documented import fails, headers
from app.dependencies import Files, Reader, ReadSession
from app.queries import NO_QUERY, ClosedQuery
from app.schemas.compare import Comparison
from core.errors import FieldError, InvalidSpec
from core.store import artifacts, jobs

router = APIRouter(prefix="/v1", tags=["reports"])

FEWEST, MOST = 2, 10
HTML, MARKDOWN = "text/html", "text/markdown"
PAGES = {HTML: "report.html", MARKDOWN: "model_card.md"}
TEXT = {"schema": {"type": "string"}}
# Whatever a page may hold, a browser runs nothing of it, and asks nobody for anything.
SHUT_IN = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept",
}
Ids = Annotated[str, Field(max_length=1000)]


class CompareQuery(ClosedQuery):
    """Which jobs."""

    jobs: list[Ids] = Field(
        max_length=100, description="2 to 10 ids: with commas between them, or each by itself"
    )


@router.get("/compare", summary="Compare jobs", responses=fails(404) | {200: headers()})
def compare_jobs(
    query: Annotated[CompareQuery, Query()], who: Reader, session: ReadSession, files: Files
) -> Comparison:
    """Where the specs differ, what was measured of each, and which is the best in each row."""
    job_ids = list(dict.fromkeys(filter(None, ",".join(query.jobs).split(","))))
    if not FEWEST <= len(job_ids) <= MOST:
        detail = f"{FEWEST} to {MOST} different jobs can be compared"
        raise InvalidSpec(errors=(FieldError("?jobs", "bad_count", detail, len(job_ids)),))
    return comparison.compare(session, files, [jobs.get(session, job_id, who.sees) for job_id in job_ids])


@router.get(
    "/jobs/{job_id}/report", summary="Show the report", dependencies=NO_QUERY,
    response_model=dict[str, Any],
    responses=fails(404)
    | {200: {"content": {HTML: TEXT, MARKDOWN: TEXT}, "description": "As Accept asks.", **headers()}},
)  # fmt: skip
def get_report(job_id: str, who: Reader, session: ReadSession, files: Files, request: Request) -> Any:
    """What was gained and what was lost, measured: as the trainer wrote it.

    JSON; or, where Accept asks for it, HTML with plots, or the card of the model as Markdown.
    """
    jobs.get(session, job_id, who.sees)
    wanted = request.headers.get("accept", "")
    for media_type, name in PAGES.items():
        if media_type in wanted:
            path = files.path(artifacts.get(session, job_id, name).digest)
            return FileResponse(path, media_type=f"{media_type}; charset=utf-8", headers=SHUT_IN)
    return comparison.stored_report(session, files, job_id)
