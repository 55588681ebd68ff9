"""Jobs: a row of a list, the whole, and what would become of a spec."""

from datetime import datetime
from typing import Any, Self

from app.schemas.base import FieldProblem, View
from core import clock
from core.lifecycle import FINISHED, JobState, Wish, allowed_actions, shown_state
from core.store import tables

POLL_AFTER_SECONDS = 2
UNSAID = {"fraction": 0.0, "code": "internal", "detail": "", "attempt": 0, "retryable": False}


class Progress(View):
    """How far a job is. `fraction` is of the whole job, from 0 to 1."""

    fraction: float
    epoch: int | None
    epochs: int | None
    images_per_second: float | None
    eta_seconds: float | None


class JobError(View):
    """Why a job failed."""

    code: str
    detail: str
    phase: str | None
    attempt: int
    retryable: bool
    hint: str | None


class Summary(View):
    """What was gained on the test split, and ratios of teacher to student.

    Accuracies where classes are told apart; mean squared errors, in the units of the target, of a regression.
    """

    teacher_accuracy: float | None
    student_accuracy: float | None
    teacher_mse: float | None
    student_mse: float | None
    compression: float | None
    speedup: float | None


class JobRow(View):
    """A job in a list."""

    id: str
    name: str | None
    tags: list[str]
    state: str
    phase: str | None
    priority: int
    progress: Progress | None
    attempt: int
    summary: Summary | None
    error: JobError | None
    allowed_actions: list[str]
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: tables.Job) -> Self:
        return cls(**_row(job))


class JobView(JobRow):
    """A job, whole."""

    owner: str
    retries: int
    queue_position: int | None
    queued_because: str | None
    spec: dict[str, Any]
    resolved_spec: dict[str, Any]
    origins: dict[str, str]
    warnings: list[FieldProblem]
    poll_after_seconds: int
    wall_seconds: float | None
    links: dict[str, str]

    @classmethod
    def of(
        cls, job: tables.Job, position: int | None = None, because: str | None = None,
        warnings: list[FieldProblem] | None = None,
    ) -> Self:  # fmt: skip
        return cls(
            **_row(job), owner=job.owner, retries=job.retries, queue_position=position,
            queued_because=because, spec=job.spec, resolved_spec=job.resolved, origins=job.origins,
            warnings=warnings or [], wall_seconds=wall_seconds(job), links=_links(job.id),
            poll_after_seconds=0 if JobState(job.state) in FINISHED else POLL_AFTER_SECONDS,
        )  # fmt: skip


class JobList(View):
    """A page of jobs, newest first."""

    data: list[JobRow]
    has_more: bool
    next_cursor: str | None


class Estimate(View):
    """How long a job may take, from the shortest to the longest of `sample_size` jobs like it.

    Null where nothing is known; `basis` says what it stands on, or why there is nothing.
    """

    seconds_low: float | None
    seconds_high: float | None
    memory_bytes: int | None
    basis: str
    sample_size: int


class Validation(View):
    """What would become of a spec; nothing was queued. `duplicate_of`: a job of yours that is the same."""

    valid: bool
    errors: list[FieldProblem]
    warnings: list[FieldProblem]
    resolved_spec: dict[str, Any] | None
    origins: dict[str, str] | None
    estimate: Estimate | None
    duplicate_of: str | None


def _row(job: tables.Job) -> dict[str, Any]:
    state, wish = JobState(job.state), Wish(job.wish) if job.wish else None
    return {
        "id": job.id, "name": job.name, "tags": job.tags, "phase": job.phase, "priority": job.priority,
        "state": shown_state(state, wish),
        "progress": _progress(job, state), "attempt": job.attempt,
        "summary": _read(Summary, job.summary), "error": _read(JobError, job.error),
        "allowed_actions": allowed_actions(state, wish), "created_at": job.created_at,
        "updated_at": job.updated_at, "started_at": job.started_at, "finished_at": job.finished_at,
    }  # fmt: skip


def _progress(job: tables.Job, state: JobState) -> dict[str, Any] | None:
    """How far it came; what is left takes time only while somebody works at it."""
    found = _read(Progress, job.progress)
    return found if found is None or state is JobState.RUNNING else found | {"eta_seconds": None}


def _read(view: type[View], stored: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a worker wrote, perhaps one of another release: fields it left out are filled in."""
    if stored is None:
        return None
    found = {name: stored.get(name) for name in view.model_fields}
    return found | {name: value for name, value in UNSAID.items() if name in found and found[name] is None}


def wall_seconds(job: tables.Job) -> float | None:
    """From the start of the newest attempt; never negative, also when a clock was set back."""
    if job.started_at is None or job.state in (JobState.QUEUED, JobState.PAUSED):
        return None
    return max(0.0, ((job.finished_at or clock.now()) - job.started_at).total_seconds())


def _links(job_id: str) -> dict[str, str]:
    base = f"/v1/jobs/{job_id}"
    parts = ("events", "metrics", "logs", "artifacts", "checkpoint")
    return {"self": base, **{part: f"{base}/{part}" for part in parts}}
