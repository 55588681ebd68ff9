"""A job like one that is there, but for what is said."""

from copy import deepcopy
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import ValidationError, WithJsonSchema

from app import examples
from app.api.documented import Responses, fails, headers
from app.dependencies import Submitter, WriteSession
from app.idempotency import OnceOnly
from app.job_checks import sound
from app.job_views import job_view
from app.middleware.json_body import MERGE_PATCH
from app.queries import NO_QUERY
from app.schemas.jobs import JobView
from app.weights import FACTS, completed
from core.errors import FieldError, InvalidSpec
from core.spec import JobSpec
from core.spec.merge import merged
from core.spec.problems import explain
from core.store import jobs
from core.store.tables import Job

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

# What follows from the rest of a spec where nobody asks for it.
OPEN = (
    ("optimization", "batch_size"), ("optimization", "augmentation"),
    *((role, fact) for role in ("teacher", "student") for fact in FACTS),
)  # fmt: skip

CREATED: Responses = {201: {"description": "Queued.", **headers("Location", "ETag", "Idempotency-Replayed")}}
SCHEMA = {"anyOf": [{"type": "object"}, {"type": "null"}]}
MERGE_PATCHES = {"requestBody": {"content": {MERGE_PATCH: {"schema": SCHEMA, "examples": examples.CLONES}}}}
# A patch is told of the spec that comes about.
NO_FIELD = InvalidSpec(
    errors=(FieldError("/colour", "unknown_field", "no such field", allowed=tuple(JobSpec.model_fields)),)
)
# Whatever it is, the spec that comes about is checked.
Patch = Annotated[
    Any,
    WithJsonSchema(SCHEMA),
    Body(openapi_examples=examples.CLONES),
]


@router.post(
    "/{job_id}/clone", status_code=201, summary="Clone a job", dependencies=NO_QUERY,
    responses=fails(400, 404, 413, 415, NO_FIELD, 507) | CREATED, openapi_extra=MERGE_PATCHES,
)  # fmt: skip
def clone_job(
    job_id: str, who: Submitter, session: WriteSession, once: OnceOnly, response: Response,
    patch: Patch = None,
) -> JobView:  # fmt: skip
    """Queue a job with the same spec, changed by a JSON merge patch (RFC 7396); without one, just the same.

    What the patch leaves out is as it was asked for then, and rules are applied anew. It is yours.

    One rule is not of RFC 7396: where the patch names another kind of data set or source, by its `kind`, its
    `id` or its `name`, nothing stays of what the old one said.
    """
    asked = merged(_asked(jobs.get(session, job_id, who.sees)), {} if patch is None else patch)
    spec = completed(session, _valid(asked), who)
    job = jobs.submit(session, spec, who.owner, sound(session, spec, who))
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return once.keep(job_view(session, job, response), response, 201)


def _asked(job: Job) -> dict[str, Any]:
    """Its spec, without what nobody asked for and follows from the rest: if it were given, it need not fit.

    The batch follows from how few the data are, the networks from their weights, and all from the task.
    """
    given = {tuple(pointer.split("/")[1:3]) for pointer, origin in job.origins.items() if origin == "given"}
    document = deepcopy(job.spec)
    for part, name in OPEN:
        if (part, name) not in given:
            document[part].pop(name, None)
    return document


def _valid(document: Any) -> JobSpec:
    """The spec that came about.

    InvalidSpec    with everything that is wrong, by its place in the whole spec
    """
    try:
        return JobSpec.model_validate(document)
    except ValidationError as error:
        raise InvalidSpec(errors=explain(error.errors(include_url=False), document, JobSpec)) from error
