"""What a route documents of its answers: every status, the one shape of errors, and headers."""

from typing import Any

from app.schemas.base import Problem

Responses = dict[int | str, dict[str, Any]]

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
    429: "Too many at once, or in too short a time; see Retry-After.",
    507: "No space is left to write to.",
    503: "The database or the file store does not answer; see Retry-After.",
}
_MEANING = {
    "Accept-Ranges": "bytes: parts can be asked for by Range",
    "Content-Disposition": "the name to save it under",
    "Content-Range": "which part of the file it is, and the size of the whole",
    "ETag": "of this version; send it as If-None-Match, or as If-Match to act on no other",
    "Idempotency-Replayed": "`true`: answered before, for the same Idempotency-Key",
    "Link": '`rel="next"`: the next page, where there is one',
    "Location": "of what was made",
    "Repr-Digest": "sha-256 of the whole file, RFC 9530",
    "Retry-After": "seconds to wait before trying again",
    "WWW-Authenticate": "Bearer",
    "X-Request-Id": "of this request, also in our log; yours if you sent one",
}
# Sent where there is something to say; the others always.
_SOMETIMES = ("Content-Range", "Idempotency-Replayed", "Link")
_OF_STATUS = {
    304: ("ETag",),
    401: ("WWW-Authenticate",),
    416: ("Content-Range",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def fails(*statuses: int) -> Responses:
    """The `responses` of a route that may answer with these statuses, 401, 403, 422, 429 and 503."""
    return {
        status: {"description": _WHY[status], "model": Problem, **headers(*_OF_STATUS.get(status, ()))}
        for status in sorted({401, 403, 422, 429, 503, *statuses})
    }


def headers(*names: str) -> dict[str, Any]:
    """The part of a response that describes these headers."""
    return {"headers": {name: _header(name) for name in (*names, "X-Request-Id")}}


def unchanged() -> Responses:
    """The answer to who knows this version already."""
    return {304: {"description": "Not changed since that ETag.", **headers(*_OF_STATUS[304])}}


def _header(name: str) -> dict[str, Any]:
    always = name not in _SOMETIMES
    return {"description": _MEANING[name], "required": always, "schema": {"type": "string"}}
