"""Jobs: submit, validate, list, read, cancel."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import examples
from app.api.documented import fails
from app.conditional import is_known
from app.dependencies import Reader, ReadSession, SoundSpec, Submitter, WriteSession
from app.schemas.base import FieldProblem
from app.schemas.jobs import JobList, JobRow, JobView, Validation
from core import clock, ids
from core.errors import FieldError, InvalidSpec
from core.lifecycle import JobState
from core.spec import JobSpec
from core.spec.checks import problems, warnings, warnings_of_stored
from core.spec.problems import explain
from core.spec.resolve import resolve
from core.store import jobs, workers
from core.store.tables import Job

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], redirect_slashes=False)

Document = Annotated[dict[str, Any], Body(openapi_examples=examples.JOBS)]
CREATED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "Queued.",
        "headers": {
            "Location": {"description": "of the job", "schema": {"type": "string"}},
            "ETag": {"description": "of this version of it", "schema": {"type": "string"}},
        },
    }
}


class ListQuery(BaseModel):
    """How to cut a list."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=100, description="next_cursor of the page before")
    state: list[JobState] = Field([], description="only jobs in these states")
    q: str | None = Field(None, max_length=200, description="part of the name")


@router.post("", status_code=201, responses=fails(400, 413, 415, 422, 507) | CREATED)
def submit(spec: SoundSpec, who: Submitter, session: WriteSession, response: Response) -> JobView:
    """Queue one distillation run. `{}` is a valid job."""
    job = jobs.submit(session, spec, who.owner)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return _view(session, job, response)


@router.post("/validate", responses=fails(400, 413, 415, 422))
def validate(document: Document, _who: Reader) -> Validation:
    """Say what is wrong with a spec and what would be used; queues nothing."""
    try:
        spec = JobSpec.model_validate(document)
    except ValidationError as error:
        return _invalid(explain(error.errors(include_url=False), document, JobSpec))
    if found := problems(spec):
        return _invalid(found)
    resolved, origins = resolve(spec)
    return Validation(
        valid=True, errors=[], warnings=_shown(warnings(spec)),
        resolved_spec=resolved.model_dump(mode="json"), origins=origins,
    )  # fmt: skip


@router.get("", responses=fails(422))
def page(query: Annotated[ListQuery, Query()], who: Reader, session: ReadSession, request: Request,
         response: Response) -> JobList:  # fmt: skip
    """Jobs, newest first."""
    if query.cursor is not None and not ids.is_id("job", query.cursor):
        raise InvalidSpec(errors=(FieldError("?cursor", "bad_cursor", "not a cursor of this list"),))
    found = jobs.page(
        session, who.sees, limit=query.limit, before=query.cursor, states=query.state, query=query.q
    )
    cursor = found.jobs[-1].id if found.has_more else None
    if cursor is not None:
        following = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return JobList(data=[JobRow.of(job) for job in found.jobs], has_more=found.has_more, next_cursor=cursor)


@router.get("/{job_id}", responses=fails(404) | {304: {"description": "Not changed since that ETag."}})
def get(job_id: str, who: Reader, session: ReadSession, request: Request, response: Response) -> Any:
    """One job, whole. Poll it with If-None-Match: a 304 costs next to nothing."""
    job = jobs.get(session, job_id, who.sees)
    if is_known(request, _etag(job)):
        return Response(status_code=304, headers={"ETag": _etag(job)})
    return _view(session, job, response)


@router.post(
    "/{job_id}/cancel",
    status_code=202,
    responses=fails(400, 404, 409, 413, 415, 422) | {200: {"model": JobView}},
)
def cancel(job_id: str, who: Submitter, session: WriteSession, response: Response) -> JobView:
    """Cancel a job. 202 when it was just asked for, 200 when that was already so."""
    job = jobs.get(session, job_id, who.sees)
    if not jobs.cancel(session, job):
        response.status_code = 200
    return _view(session, job, response)


def _view(session: ReadSession, job: Job, response: Response) -> JobView:
    response.headers["ETag"] = _etag(job)
    position = jobs.queue_position(session, job)
    because = None if position is None else _queued_because(job, position, workers.most_gpus(session))
    return JobView.of(job, position, because, _shown(warnings_of_stored(job.spec)))


def _queued_because(job: Job, position: int, gpus: int | None) -> str:
    """Why a queued job does not run yet."""
    if gpus is None:
        return "no worker is alive"
    if job.gpus > gpus:
        return f"no worker has {job.gpus} GPU"
    if job.not_before is not None and job.not_before > clock.now():
        return "it waits before it is tried again"
    return "other jobs run first" if position > 1 else "every worker is busy, or one is about to take it"


def _etag(job: Job) -> str:
    return f'W/"{job.version}"'


def _shown(found: tuple[FieldError, ...]) -> list[FieldProblem]:
    return [FieldProblem(**{k: v for k, v in vars(error).items() if v is not None}) for error in found]


def _invalid(found: tuple[FieldError, ...]) -> Validation:
    return Validation(valid=False, errors=_shown(found), warnings=[], resolved_spec=None, origins=None)
