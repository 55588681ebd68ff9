"""Errors as application/problem+json (RFC 9457): one shape for every 4xx and 5xx."""

import json
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from core.errors import FieldError

MEDIA_TYPE = "application/problem+json"


class ProblemResponse(Response):
    """A problem document; None values are left out."""

    media_type = MEDIA_TYPE


def problem(
    status: int, code: str, detail: str, *, errors: tuple[FieldError, ...] = (),
    headers: dict[str, str] | None = None, **extra: Any,
) -> ProblemResponse:  # fmt: skip
    """The answer to a request that failed; the request id is added on the way out."""
    document = {
        "type": f"urn:distillery:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **{name: value for name, value in extra.items() if value is not None},
    }
    if errors:
        document["errors"] = [_without_nulls(asdict(error)) for error in errors]
    body = json.dumps(document, allow_nan=False).encode()
    return ProblemResponse(body, status, headers)


def _without_nulls(error: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in error.items() if value is not None}
