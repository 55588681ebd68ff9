"""Ask the student and its teacher what they see."""

import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app import examples
from app.api.documented import Responses, fails, fails_as_form, headers
from app.dependencies import MOST_READERS, Reader, database
from app.predictor import Predictor
from app.schemas.predict import PredictForm, PredictionView
from app.uploads import ReceivedImage, form_body, parsed
from core.errors import Conflict, FieldError, Forbidden, InvalidSpec, PredictorUnavailable
from core.lifecycle import JobState, Wish, allowed_actions, shown_state
from core.prediction import LARGEST_IMAGE
from core.spec.tabular import IMAGES
from core.store import artifacts, jobs
from core.store.tables import Job

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

STUDENT, TEACHER = "student.safetensors", "teacher.safetensors"
IMAGE = "an image: PNG, JPEG, WebP, BMP or GIF, of 16 MiB at most"
RUNS = Conflict(
    "a running job can't be asked: only one that has succeeded",
    state=JobState.RUNNING, allowed_actions=allowed_actions(JobState.RUNNING),
)  # fmt: skip
NO_FILE = FieldError("/file", "missing", "send an image, as `file`")
READS = Forbidden("this key lacks the scope 'read'")
POSSIBLE: Responses = {
    **fails(404, READS, RUNS, PredictorUnavailable(), 507), **fails_as_form(LARGEST_IMAGE, NO_FILE),
    200: headers(),
}  # fmt: skip
POSSIBLE[413] |= {"description": "The image is larger than 16 MiB."}
POSSIBLE[422] |= {"description": "The form is not valid, or the image can't be read."}
POSSIBLE[503] |= {"description": "No predictor answers in time, or the database does not; see Retry-After."}


@dataclass(frozen=True)
class Asked:
    """Whom to ask, and about what; both networks by the sha256 of their files."""

    job_id: str
    student: str
    teacher: str
    image: str
    top_k: int


def asked(job_id: str, upload: ReceivedImage, who: Reader, request: Request) -> Asked:
    """The question, once its transaction is over: an answer may take a while."""
    form = parsed(PredictForm, upload.fields)
    if not upload.has_file:
        raise InvalidSpec(errors=(NO_FILE,))
    with database(request).reading() as session:
        job = jobs.get(session, job_id, who.sees)
        _check(job)
        student, teacher = (artifacts.get(session, job.id, name).digest for name in (STUDENT, TEACHER))
    return Asked(job_id, student, teacher, upload.share(), form.top_k)


@router.post(
    "/{job_id}/predict", summary="Ask the student",
    openapi_extra=form_body(PredictForm, IMAGE, examples.IMAGES), responses=POSSIBLE,
)  # fmt: skip
async def predict_image(
    question: Annotated[Asked, Depends(asked, max_concurrency=MOST_READERS)], request: Request
) -> PredictionView:
    """The likeliest classes of an image, of the student beside its teacher, and how long each takes.

    The image is made like those that the networks were trained on: its central square (or all of it, if the
    data set was packed so) at their size. Both are read when first asked, and stay in memory for a while.
    """
    began = time.perf_counter()
    predictor: Predictor = request.app.state.predictor
    answer = await predictor.ask(question.student, question.teacher, question.image, question.top_k)
    taken = 1000 * (time.perf_counter() - began)
    return PredictionView(job_id=question.job_id, total_milliseconds=taken, **answer)


def _check(job: Job) -> None:
    """Only a job that has succeeded has both; and what reads rows of a table can't be shown an image."""
    state, wish = JobState(job.state), Wish(job.wish) if job.wish else None
    if state != JobState.SUCCEEDED:
        why = f"a {shown_state(state, wish)} job can't be asked: only one that has succeeded"
    elif job.resolved.get("task", IMAGES) != IMAGES:
        why = (
            "the networks of this job read rows of a table: they can't be shown an image; the header of "
            "student.safetensors says how to use it elsewhere"
        )
    else:
        return
    raise Conflict(why, state=shown_state(state, wish), allowed_actions=allowed_actions(state, wish))
