"""What the API answers. No defaults: every field is always there."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from core import clock
from core.lifecycle import FINISHED, JobState, Wish, allowed_actions, shown_state
from core.store import tables
from core.store.metrics import Summary as MetricSummary

POLL_AFTER_SECONDS = 2


class View(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FieldProblem(View):
    """One thing that is wrong, and where."""

    model_config = ConfigDict(extra="allow")
    pointer: str
    code: str
    detail: str


class Problem(BaseModel):
    """application/problem+json, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    hint: str | None = None
    errors: list[FieldProblem] | None = None
    state: str | None = None
    allowed_actions: list[str] | None = None


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
    """What was gained: accuracies on the test split, and ratios of teacher to student."""

    teacher_accuracy: float | None
    student_accuracy: float | None
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
            warnings=warnings or [], wall_seconds=_wall_seconds(job), links=_links(job.id),
            poll_after_seconds=0 if JobState(job.state) in FINISHED else POLL_AFTER_SECONDS,
        )  # fmt: skip


class JobList(View):
    """A page of jobs, newest first."""

    data: list[JobRow]
    has_more: bool
    next_cursor: str | None


class Validation(View):
    """What would become of a spec; nothing was queued."""

    valid: bool
    errors: list[FieldProblem]
    warnings: list[FieldProblem]
    resolved_spec: dict[str, Any] | None
    origins: dict[str, str] | None


class EventView(View):
    """One event of a job; `seq` counts from 1 without gaps."""

    seq: int
    at: datetime
    kind: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: tables.Event) -> Self:
        return cls(seq=event.seq, at=event.at, kind=event.kind, data=event.data)


class EventList(View):
    data: list[EventView]
    has_more: bool


class MetricView(View):
    """One metric of a job, summed up."""

    name: str
    unit: str
    count: int
    first: float
    last: float
    min: float
    max: float
    best: float

    @classmethod
    def of(cls, found: MetricSummary) -> Self:
        accuracy = found.name.endswith("accuracy")
        return cls(
            name=found.name, unit="ratio" if accuracy else _unit(found.name), count=found.count,
            first=found.first, last=found.last, min=found.min, max=found.max,
            best=found.max if accuracy else found.min,
        )  # fmt: skip


class MetricList(View):
    data: list[MetricView]


class LogLineView(View):
    attempt: int
    line: int
    at: datetime
    level: str
    text: str

    @classmethod
    def of(cls, line: tables.LogLine) -> Self:
        return cls(attempt=line.attempt, line=line.line, at=line.at, level=line.level, text=line.text)


class LogList(View):
    data: list[LogLineView]


class ArtifactView(View):
    """A file to download, named by its sha256."""

    name: str
    bytes: int
    sha256: str
    media_type: str
    created_at: datetime
    href: str

    @classmethod
    def of(cls, artifact: tables.Artifact) -> Self:
        return cls(
            name=artifact.name, bytes=artifact.bytes, sha256=artifact.digest,
            media_type=artifact.media_type, created_at=artifact.created_at,
            href=f"/v1/jobs/{artifact.job_id}/artifacts/{artifact.name}",
        )  # fmt: skip


class ArtifactList(View):
    data: list[ArtifactView]


class Verdict(View):
    """How one part of the service is."""

    ok: bool
    detail: str


class Readiness(View):
    """Whether the service can do its work; `checks` says which part can't."""

    ready: bool
    checks: dict[str, Verdict]


def _row(job: tables.Job) -> dict[str, Any]:
    state, wish = JobState(job.state), Wish(job.wish) if job.wish else None
    return {
        "id": job.id, "name": job.name, "tags": job.tags, "phase": job.phase, "priority": job.priority,
        "state": shown_state(state, wish),
        "progress": job.progress, "attempt": job.attempt, "summary": job.summary, "error": job.error,
        "allowed_actions": allowed_actions(state, wish), "created_at": job.created_at,
        "updated_at": job.updated_at, "started_at": job.started_at, "finished_at": job.finished_at,
    }  # fmt: skip


def _wall_seconds(job: tables.Job) -> float | None:
    """From the start of the newest attempt; never negative, also when a clock was set back."""
    if job.started_at is None or job.state in (JobState.QUEUED, JobState.PAUSED):
        return None
    return max(0.0, ((job.finished_at or clock.now()) - job.started_at).total_seconds())


def _links(job_id: str) -> dict[str, str]:
    base = f"/v1/jobs/{job_id}"
    parts = ("events", "metrics", "logs", "artifacts", "checkpoint")
    return {"self": base, **{part: f"{base}/{part}" for part in parts}}


def _unit(name: str) -> str:
    return "" if name.endswith("learning_rate") else "nats"
