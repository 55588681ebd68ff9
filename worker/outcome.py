"""How an attempt ended, as its supervisor saw it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from core.errors import BY_CODE, DistilleryError


@dataclass(frozen=True)
class ProducedFile:
    """A file that the trainer reported as an artifact."""

    name: str
    path: Path


@dataclass(frozen=True)
class Outcome:
    """`error` has the shape that the API shows in job.error; None unless it failed.

    suspended    it gave up its place, with a checkpoint: for a pause, or because its worker shuts down
    recipe       of the teacher, where it was this attempt's to train one
    """

    kind: Literal["succeeded", "failed", "cancelled", "suspended"]
    summary: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    files: tuple[ProducedFile, ...] = field(default=())
    recipe: str | None = None


def failure(
    code: str, detail: str, *, phase: str | None, attempt: int, hint: str | None = None
) -> dict[str, Any]:
    """A coded cause as it is stored with the job. Unknown codes count as a defect of ours."""
    known = BY_CODE.get(code, BY_CODE["internal"])
    return {
        "code": known.code, "detail": detail[:4000], "phase": phase, "attempt": attempt,
        "retryable": known.retryable, "hint": hint or known.hint,
    }  # fmt: skip


def failure_of(error: DistilleryError, *, phase: str | None, attempt: int) -> dict[str, Any]:
    """The same, for an error raised on this side of the pipe."""
    return failure(error.code, error.detail, phase=phase, attempt=attempt, hint=error.advice)
