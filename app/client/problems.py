"""Turn what the service answers into the error that it means."""

from dataclasses import fields
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from core.errors import (
    BY_CODE,
    Changed,
    Conflict,
    DistilleryError,
    FieldError,
    Forbidden,
    InvalidRequest,
    NotFound,
    RangeNotSatisfiable,
    Unauthorized,
)

MEDIA_TYPE = "application/problem+json"
BY_STATUS: dict[int, type[DistilleryError]] = {
    401: Unauthorized, 403: Forbidden, 404: NotFound, 412: Changed
}  # fmt: skip
_FINDING = {field.name for field in fields(FieldError)}


# Answers of something that is no Distillery, or stands before one.
FOREIGN = "Is DISTILLERY_URL the address of a Distillery service?"


def error_of(response: httpx2.Response) -> DistilleryError:
    """The error that an answer of 400 or more stands for; its body has been read."""
    if not response.headers.get("content-type", "").startswith(MEDIA_TYPE):
        return _foreign(response)
    problem = response.json()
    kind = BY_CODE.get(problem["code"]) or BY_STATUS.get(response.status_code, DistilleryError)
    error = _build(kind, problem, response.headers)
    error.advice = problem.get("hint")
    error.request_id = problem.get("request_id")
    error.problem = problem
    return error


def retry_after(response: httpx2.Response) -> float | None:
    """The seconds that Retry-After asks to wait, given as a number or as a date."""
    value = response.headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _build(kind: type[DistilleryError], problem: dict[str, Any], headers: httpx2.Headers) -> DistilleryError:
    detail = problem["detail"]
    if issubclass(kind, Conflict):
        return kind(
            detail, state=problem.get("state", ""), allowed_actions=problem.get("allowed_actions", [])
        )
    if issubclass(kind, InvalidRequest):
        return kind(detail, errors=tuple(_finding(found) for found in problem.get("errors", [])))
    if issubclass(kind, RangeNotSatisfiable):
        return kind(int(headers.get("content-range", "*/0").rpartition("/")[2]))
    return kind(detail)


def _finding(found: dict[str, Any]) -> FieldError:
    known = {name: value for name, value in found.items() if name in _FINDING}
    if known.get("allowed") is not None:
        known["allowed"] = tuple(known["allowed"])
    return FieldError(**known)


def _foreign(response: httpx2.Response) -> DistilleryError:
    """Something between us and the service answered, or it is no Distillery at all."""
    kind = BY_STATUS.get(response.status_code, DistilleryError)
    detail = f"{response.request.url} answered {response.status_code} {response.reason_phrase}".rstrip()
    return kind(detail, hint=FOREIGN)
