"""What a person asks of a job that is there: pause, resume, stop, cancel, retry."""

import json
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool

from app.api.documented import Responses, fails, headers
from app.conditional import check_unchanged
from app.dependencies import Submitter, WriteSession
from app.idempotency import OnceOnly
from app.job_views import etag, job_view
from app.queries import NO_QUERY
from app.schemas.jobs import JobView
from core.errors import Conflict, InvalidSpec
from core.lifecycle import Action, JobState
from core.spec.problems import explain
from core.store import jobs

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

MEANING = {
    Action.PAUSE: "Pause a job: it writes a checkpoint and gives its worker free.",
    Action.RESUME: "Queue a paused job again; it goes on from its checkpoint.",
    Action.STOP: "End training early: the job succeeds with the best student so far.",
    Action.CANCEL: "Cancel a job; the best and the last student that it has stay downloadable.",
    Action.RETRY: "Queue a failed or cancelled job again; it goes on from its last checkpoint.",
}
SENT = headers("ETag", "Idempotency-Replayed")
ANSWERS: Responses = fails(400, 404, 412, 413, 415, 507) | {
    200: {"model": JobView, "description": "It was so already.", **SENT},
    202: {"description": "It is done, or asked of the worker; `state` says which.", **SENT},
}


class NoFields(BaseModel):
    """What an action takes beside its address: nothing. A field is most often meant for another route."""

    model_config = ConfigDict(extra="forbid")


async def _no_body(request: Request) -> None:
    """Let a request through that brings nothing, which may be written as {}."""
    if body := await request.body():
        await run_in_threadpool(_check_empty, body)


def _check_empty(body: bytes) -> None:
    """Of JSON: the middleware lets nothing else through.

    InvalidSpec    with everything that would be ignored
    """
    document = json.loads(body)
    try:
        NoFields.model_validate(document)
    except ValidationError as error:
        raise InvalidSpec(errors=explain(error.errors(include_url=False), document, NoFields)) from error


def _answers(action: Action) -> Responses:
    """What may come of it; a job that has succeeded is past everything."""
    late = Conflict(f"can't {action} a succeeded job", state=JobState.SUCCEEDED, allowed_actions=[])
    return fails(late) | ANSWERS


def _route(action: Action) -> Callable[..., JobView]:
    def act(
        job_id: str,
        who: Submitter,
        _nothing: Annotated[None, Depends(_no_body)],
        session: WriteSession,
        once: OnceOnly,
        request: Request,
        response: Response,
    ) -> JobView:
        # Locked, so that the version that If-Match is compared with is the one that is acted on.
        job = jobs.get(session, job_id, who.sees, lock="changed")
        check_unchanged(request, etag(job))
        status = 202 if jobs.act(session, job, action) else 200
        response.status_code = status
        return once.keep(job_view(session, job, response), response, status)

    act.__name__ = f"{action}_job"
    return act


for each, meaning in MEANING.items():
    router.add_api_route(
        f"/{{job_id}}/{each}", _route(each), methods=["POST"], status_code=202, responses=_answers(each),
        dependencies=NO_QUERY, summary=f"{each.capitalize()} a job", description=meaning,
    )  # fmt: skip
