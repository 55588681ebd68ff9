"""A job that is there: rename, tag, move in the queue; delete."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from app import examples
from app.api.documented import fails, headers
from app.conditional import check_unchanged
from app.dependencies import Submitter, WriteSession
from app.job_views import etag, job_view
from app.middleware.json_body import MERGE_PATCH
from app.queries import NO_QUERY
from app.schemas.jobs import JobView
from core.errors import Conflict
from core.lifecycle import JobState, allowed_actions
from core.spec.edit import JobEdit
from core.store import edits, jobs

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

AS_JSON = {"schema": {"$ref": "#/components/schemas/JobEdit"}, "examples": examples.EDITS}
MERGE_PATCHES = {"requestBody": {"content": {MERGE_PATCH: AS_JSON}}}

RUNS = Conflict(
    "can't delete a running job: it has not ended",
    state=JobState.RUNNING, allowed_actions=allowed_actions(JobState.RUNNING),
)  # fmt: skip


@router.patch(
    "/{job_id}", summary="Edit a job", dependencies=NO_QUERY,
    responses=fails(400, 404, 412, 413, 415, 507) | {200: headers("ETag")}, openapi_extra=MERGE_PATCHES,
)  # fmt: skip
def edit_job(
    job_id: str,
    asked: Annotated[JobEdit, Body(openapi_examples=examples.EDITS)],
    who: Submitter,
    session: WriteSession,
    request: Request,
    response: Response,
) -> JobView:
    """Change name, tags or priority by a JSON merge patch: what is left out stays, null is the default.

    A queued job's new priority counts from the next claim on.
    """
    job = jobs.get(session, job_id, who.sees, lock="changed")
    check_unchanged(request, etag(job))
    edits.edit(session, job, asked)
    return job_view(session, job, response)


@router.delete(
    "/{job_id}", status_code=204, summary="Delete a job", dependencies=NO_QUERY,
    responses=fails(404, RUNS, 412, 507) | {204: {"description": "It is gone.", **headers()}},
)  # fmt: skip
def delete_job(job_id: str, who: Submitter, session: WriteSession, request: Request) -> None:
    """Forget a job that has ended, with its events, metrics, logs and files. There is no way back.

    One whose teacher an unfinished job needs stays.
    """
    job = jobs.get(session, job_id, who.sees, lock="removed")
    check_unchanged(request, etag(job))
    edits.remove(session, job)
