"""Which errors a route documents: every status, with the one shape they share."""

from typing import Any

from app.schemas.base import Problem

_WHY = {
    400: "The body is not JSON in UTF-8.",
    401: "No valid API key.",
    403: "The key lacks the scope.",
    404: "No such thing, or not yours.",
    409: "Not in this state; `allowed_actions` says what is.",
    412: "Not the version that If-Match names.",
    413: "The body is larger than 1 MiB.",
    415: "The body is not application/json.",
    416: "The file is shorter than the range.",
    422: "The request is not valid; `errors` says where.",
    507: "No space is left to write to.",
    503: "The database or the file store does not answer; see Retry-After.",
}


def fails(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these statuses, 401, 403 and 503."""
    return {
        status: {"description": _WHY[status], "model": Problem}
        for status in sorted({401, 403, 503, *statuses})
    }
