"""A job as the API shows it, with what only the moment tells: its place in the queue, and why it waits."""

from starlette.responses import Response

from app.schemas.base import FieldProblem
from app.schemas.jobs import JobView
from core import clock
from core.errors import FieldError
from core.spec.checks import warnings_of_stored
from core.store import jobs, workers
from core.store.polled import Version
from core.store.session import Session
from core.store.tables import Job


def job_view(session: Session, job: Job, response: Response) -> JobView:
    """The whole job; its ETag goes into the headers."""
    response.headers["ETag"] = etag(job)
    position = jobs.queue_position(session, job)
    return view_of(job, position, None if position is None else workers.most_gpus(session))


def view_of(job: Job, position: int | None, gpus: int | None) -> JobView:
    """The whole job, given its place in the queue and the GPUs of the best equipped worker."""
    because = None if position is None else queued_because(job, position, gpus)
    return JobView.of(job, position, because, shown(warnings_of_stored(job.spec)))


def etag(job: Job | Version) -> str:
    """Weak: queue position and time left may differ under the same version."""
    return f'W/"{job.version}"'


def shown(found: tuple[FieldError, ...]) -> list[FieldProblem]:
    """Findings without their empty members."""
    return [FieldProblem(**{k: v for k, v in vars(error).items() if v is not None}) for error in found]


def queued_because(job: Job, position: int, gpus: int | None) -> str:
    """Why a queued job does not run yet."""
    if gpus is None:
        return "no worker is alive"
    if job.gpus > gpus:
        return f"no worker has {job.gpus} GPU{'s' if job.gpus > 1 else ''}"
    if job.not_before is not None and job.not_before > clock.now():
        return "it waits before it is tried again"
    return "other jobs run first" if position > 1 else "every worker is busy, or one is about to take it"
