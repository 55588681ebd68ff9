"""Jobs: submit, validate."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from pydantic import ValidationError, WithJsonSchema

from app import estimates, examples, image_sizes
from app.api.documented import Responses, fails, headers
from app.dependencies import Files, Reader, ReadSession, Spec, Submitter
from app.idempotency import OnceKey
from app.job_checks import checked
from app.job_views import shown
from app.queries import NO_QUERY
from app.schemas.jobs import JobView, Validation
from app.submissions import Submission, Submissions
from app.weights import completed
from core.errors import FieldError, InvalidSpec
from core.spec import JobSpec
from core.spec.checks import warnings
from core.spec.problems import explain
from core.spec.resolve import resolve
from core.store import history

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], redirect_slashes=False)

# Taken as it comes, since what is wrong with it is the answer; described as what it should be.
Document = Annotated[
    Any, WithJsonSchema({"$ref": "#/components/schemas/JobSpec"}), Body(openapi_examples=examples.JOBS)
]
CREATED: Responses = {201: {"description": "Queued.", **headers("Location", "ETag", "Idempotency-Replayed")}}
# What is wrong with an object is no error here, but the answer.
NO_OBJECT = InvalidSpec(errors=(FieldError("", "object_type", "must be an object"),))


@router.post(
    "", status_code=201, summary="Submit a job", response_model=JobView, dependencies=NO_QUERY,
    responses=fails(400, 413, 415, 507) | CREATED,
)  # fmt: skip
async def submit_job(spec: Spec, who: Submitter, request: Request, idempotency_key: OnceKey = None) -> Any:
    """Queue one distillation run. `{}` is a valid job.

    With an Idempotency-Key it is queued once, however often the request is sent within a day.
    """
    submissions: Submissions = request.app.state.submissions
    return await submissions.submit(Submission(spec, who, request, idempotency_key))


@router.post(
    "/validate", summary="Check a job without submitting it", dependencies=NO_QUERY,
    responses=fails(400, 413, 415, NO_OBJECT) | {200: headers()},
)  # fmt: skip
def validate_job(document: Document, who: Reader, session: ReadSession, files: Files) -> Validation:
    """Say what is wrong with a spec, what would be used and how long it may take; queues nothing."""
    try:
        spec = JobSpec.model_validate(document)
    except ValidationError as error:
        found = explain(error.errors(include_url=False), document, JobSpec)
        if not isinstance(document, dict):
            raise InvalidSpec(errors=found) from error
        return _invalid(found)
    spec = completed(session, spec, who)
    facts, contradictions = checked(session, spec, who)
    if contradictions:
        return _invalid(contradictions)
    resolved, origins = resolve(spec, facts)
    return Validation(
        valid=True, errors=[],
        warnings=shown((*warnings(spec), *image_sizes.warnings(session, spec, who, facts))),
        resolved_spec=resolved.model_dump(mode="json"), origins=origins,
        estimate=estimates.estimate(session, files, who.owner, resolved),
        duplicate_of=history.duplicate_of(session, who.owner, resolved),
    )  # fmt: skip


def _invalid(found: tuple[FieldError, ...]) -> Validation:
    return Validation(
        valid=False, errors=shown(found), warnings=[], resolved_spec=None, origins=None, estimate=None,
        duplicate_of=None,
    )  # fmt: skip
