"""What a route documents of its answers: every status, the one shape of errors, and headers.

The examples of errors are what `app.errors` makes of the errors themselves.
"""

import json
from typing import Any

from app import errors
from app.schemas.base import Problem
from app.streams import no_such_event
from core.errors import (
    BodyTooLarge,
    Changed,
    DiskFull,
    DistilleryError,
    FieldError,
    Forbidden,
    InvalidRequest,
    InvalidSpec,
    NotFound,
    RangeNotSatisfiable,
    RateLimited,
    StoreUnavailable,
    TooManyStreams,
    Unauthorized,
    UnsupportedBody,
)
from core.settings import Settings

Responses = dict[int | str, dict[str, Any]]

JOB = "job_01KAJ9GSQ60Y1R2W3E4R5T6Y7Z"
REQUEST = "req_01KAJ9H2M4C7ZB1V8N3X5Q6W9D"
UPLOAD: int = Settings.model_fields["upload_bytes"].default
STREAMS = TooManyStreams("this key has 2000 open streams, and may have no more")
_SUBMITS = Forbidden("this key lacks the scope 'submit'")
_JSON = "application/json"  # written by the framework, which knows no other; app.openapi corrects it
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
    500: "A defect of ours; the log says more.",
    507: "No space is left to write to.",
    503: "The database or the file store does not answer; see Retry-After.",
}
_OF_QUERY = FieldError("?verbose", "unknown_field", "no such query parameter")
_OF_BODY = FieldError("/colour", "unknown_field", "no such field")
_ERRORS: dict[int, DistilleryError] = {
    400: InvalidRequest("the body is not JSON: Expecting value at character 0"),
    401: Unauthorized(),
    403: Forbidden("this key lacks the scope 'read'"),
    404: NotFound(f"no job {JOB!r}"),
    412: Changed('the job has changed: it is now version W/"4"'),
    413: BodyTooLarge(f"a body may have {1 << 20} bytes at most"),
    415: UnsupportedBody(),
    416: RangeNotSatisfiable(9_214_216),
    422: InvalidSpec(errors=(_OF_QUERY,)),
    429: RateLimited("this key asks too often"),
    503: StoreUnavailable(),
    507: DiskFull(),
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


def fails(*expected: int | DistilleryError) -> Responses:
    """The `responses` of a route that may fail so, or with 401, 403, 422, 429, 500 or 503.

    expected    statuses; or an error, to be shown as the example of its status
    """
    named = {errors.status_of(each): each for each in expected if not isinstance(each, int)}
    statuses = {401, 403, 422, 429, 500, 503, *named, *(each for each in expected if isinstance(each, int))}
    if 507 in statuses:  # it writes
        named.setdefault(403, _SUBMITS)
    if 400 in statuses:
        named.setdefault(422, InvalidSpec(errors=(_OF_BODY,)))
    return {status: _failure(status, named.get(status)) for status in sorted(statuses)}


def fails_as_form(largest: int, without_file: FieldError) -> Responses:
    """What else may become of a form with a file of so many bytes at most, or without one."""
    too_large = BodyTooLarge(f"an upload may have {largest} bytes at most")
    media_type = UnsupportedBody("send the file as multipart/form-data, in a field called `file`")
    return {
        400: _failure(400, InvalidRequest("the form is broken: it ended too early"), "The form is broken."),
        413: _failure(413, too_large, "The file, or a field, is larger than it may be."),
        415: _failure(415, media_type, "The body is not a form, or the file is of the wrong kind."),
        422: _failure(
            422, InvalidSpec(errors=(without_file,)), "The form is not valid; `errors` says where."
        ),
    }


def fails_to_resume() -> Responses:
    """What else may become of a stream that is to go on behind an event."""
    return {400: _failure(400, no_such_event(), "Last-Event-ID is none that this stream has sent.")}


def headers(*names: str) -> dict[str, Any]:
    """The part of a response that describes these headers."""
    return {"headers": {name: _header(name) for name in (*names, "X-Request-Id")}}


def unchanged() -> Responses:
    """The answer to who knows this version already."""
    return {304: {"description": "Not changed since that ETag.", **headers(*_OF_STATUS[304])}}


def _header(name: str) -> dict[str, Any]:
    always = name not in _SOMETIMES
    return {"description": _MEANING[name], "required": always, "schema": {"type": "string"}}


def _failure(status: int, error: DistilleryError | None, why: str | None = None) -> dict[str, Any]:
    return {
        "description": why or _WHY[status],
        "model": Problem,
        "content": {_JSON: {"example": _sent(status, error)}},
        **headers(*_OF_STATUS.get(status, ())),
    }


def _sent(status: int, error: DistilleryError | None) -> dict[str, Any]:
    """The document, as it is sent."""
    found = error or _ERRORS.get(status)
    answer = errors.unforeseen() if found is None else errors.answer(found)
    return {**json.loads(bytes(answer.body)), "request_id": REQUEST}
