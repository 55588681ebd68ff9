"""What the service answers, as frozen objects. Fields that this client does not know yet are kept."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import DistilleryError, FieldError
from core.lifecycle import FINISHED


class Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    @classmethod
    def of(cls, document: Any) -> Self:
        """What the document says.

        DistilleryError    it is not what this version of the client expects
        """
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise DistilleryError(
                f"the service's answer is no {cls.__name__}: {error.errors()[0]['msg']}",
                hint="Client and service may be of different versions: compare them.",
            ) from error


class Progress(Result):
    """How far a job is. `fraction` is of the whole job, from 0 to 1."""

    fraction: float
    epoch: int | None
    epochs: int | None
    images_per_second: float | None
    eta_seconds: float | None


class JobError(Result):
    """Why a job failed."""

    code: str
    detail: str
    phase: str | None
    attempt: int
    retryable: bool
    hint: str | None


class Summary(Result):
    """What was gained: accuracies on the test split, or squared errors; and ratios of teacher to student."""

    teacher_accuracy: float | None
    student_accuracy: float | None
    teacher_mse: float | None = None
    student_mse: float | None = None
    compression: float | None
    speedup: float | None


class JobRow(Result):
    """A job in a list."""

    id: str
    name: str | None
    tags: tuple[str, ...]
    state: str
    phase: str | None
    priority: int
    progress: Progress | None
    attempt: int
    summary: Summary | None
    error: JobError | None
    allowed_actions: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def finished(self) -> bool:
        return self.state in FINISHED


class JobInfo(JobRow):
    """A job, whole.

    spec, resolved_spec    as it was asked for, and with every value that is used
    origins                where each of those values came from, by JSON pointer
    """

    owner: str
    retries: int
    queue_position: int | None
    queued_because: str | None
    spec: dict[str, Any]
    resolved_spec: dict[str, Any]
    origins: dict[str, str]
    warnings: tuple[FieldError, ...]
    poll_after_seconds: float
    wall_seconds: float | None
    links: dict[str, str]


class Estimate(Result):
    """How long a job may take, told from jobs like it; None where nothing is known. `basis` says why."""

    seconds_low: float | None
    seconds_high: float | None
    memory_bytes: int | None
    basis: str
    sample_size: int


class Validation(Result):
    """What would become of a spec. `duplicate_of` is a job of yours that is the same."""

    valid: bool
    errors: tuple[FieldError, ...]
    warnings: tuple[FieldError, ...]
    resolved_spec: dict[str, Any] | None
    origins: dict[str, str] | None
    estimate: Estimate | None = None
    duplicate_of: str | None = None


class Event(Result):
    """Something that happened to a job: kind is state, phase, progress, metrics, wish or edited."""

    seq: int
    at: datetime
    kind: str
    data: dict[str, Any]

    @property
    def is_end(self) -> bool:
        """Whether the job has ended with this. A job that is retried ends again."""
        return self.kind == "state" and self.data.get("state") in FINISHED


class Metric(Result):
    """One metric of a job, summed up."""

    name: str
    unit: str | None
    count: int
    first: float
    last: float
    min: float
    max: float
    best: float


class LogLine(Result):
    """One line that the trainer wrote."""

    attempt: int
    line: int
    at: datetime
    level: str
    text: str


class Artifact(Result):
    """A file to download, with the sha256 of its content."""

    name: str
    bytes: int
    sha256: str
    media_type: str
    created_at: datetime
    href: str
