"""Read a job from a file, and say everything that is wrong with it."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from core.errors import FieldError, InvalidJob, InvalidSpec
from core.spec import JobSpec
from core.spec.checks import problems
from core.spec.datasets import UploadedFacts
from core.spec.problems import explain


def read_spec(path: Path) -> JobSpec:
    """The job in this file.

    raises InvalidSpec if it can't be read, or is none
    """
    try:
        text = path.read_bytes()
        return JobSpec.model_validate_json(text)
    except OSError as error:
        raise InvalidSpec(f"{path} can't be read: {error.strerror}") from error
    except ValidationError as error:
        raise InvalidSpec(f"{path}: {said(_findings(error, text))}") from error


def check(spec: JobSpec, uploaded: UploadedFacts | None = None) -> None:
    """Refuse a job whose fields contradict each other, or the uploaded set it names.

    raises InvalidJob
    """
    if found := problems(spec, uploaded):
        raise InvalidJob(said(found))


def said(findings: Iterable[FieldError]) -> str:
    """All findings in one line: where and what."""
    return "; ".join(f"{finding.pointer or '/'}: {finding.detail}" for finding in findings)


def _findings(error: ValidationError, text: bytes) -> Iterable[FieldError]:
    try:
        body = json.loads(text)
    except ValueError:
        return [FieldError("", "json_invalid", "this is not JSON")]
    return explain(error.errors(), body, JobSpec)
