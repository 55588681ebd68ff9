"""Which HTTP status an error is: the only place that knows both."""

import typing
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from app.home import explained
from app.idempotency import Replayed
from app.problems import problem
from app.queries import ClosedQuery
from core import errors
from core.errors import DistilleryError, FieldError
from core.spec.problems import bounded, choices, explain, shown, suggestion

STATUS: dict[type[DistilleryError], int] = {
    errors.NotFound: 404,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.Changed: 412,
    errors.InvalidRequest: 400,
    errors.InvalidSpec: 422,
    errors.UnsupportedBody: 415,
    errors.BodyTooLarge: 413,
    errors.RangeNotSatisfiable: 416,
    errors.RateLimited: 429,
    errors.TooManyStreams: 429,
    errors.StoreUnavailable: 503,
    errors.FilesUnavailable: 503,
    errors.DiskFull: 507,
    errors.ArchiveRefused: 422,
    errors.ModelRefused: 422,
    errors.ImageUnreadable: 422,
    errors.PredictorUnavailable: 503,
}
CODE = {404: "not_found", 405: "method_not_allowed"}
NOWHERE = (
    "No route has this address: /docs shows all that there are, and /openapi.json the same for programs."
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
RETRY_AFTER = "2"


def install(app: FastAPI) -> None:
    """Answer every error of ours and of the framework as a problem document."""
    app.add_exception_handler(DistilleryError, _ours)
    app.add_exception_handler(Replayed, _replayed)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _routing)


def answer(error: DistilleryError) -> Response:
    """The response to one of our own errors."""
    status = status_of(error)
    extra: dict[str, Any] = {"hint": error.advice}
    headers: dict[str, str] = {}
    if isinstance(error, errors.Conflict):
        extra |= {"state": error.state, "allowed_actions": error.allowed_actions}
    if isinstance(error, errors.RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        headers["Retry-After"] = RETRY_AFTER
    if isinstance(error, errors.RateLimited):
        headers["Retry-After"] = str(error.retry_after)
    found = error.errors if isinstance(error, errors.InvalidRequest) else ()
    return problem(status, error.code, error.detail, errors=found, headers=headers, **extra)


def status_of(error: DistilleryError) -> int:
    """Of its own class, or of the next that it is one of."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


async def _replayed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Replayed)
    return error.response


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, DistilleryError)
    return answer(explained(error, request.app.state.settings))


async def _validation(request: Request, error: Exception) -> Response:
    """All findings at once, each with its place in the body, its query parameter or its header."""
    assert isinstance(error, RequestValidationError)
    items = error.errors()
    if any(item["loc"][0] == "path" for item in items):
        return answer(errors.NotFound())
    outside = [_outside(item, request) for item in items if item["loc"][0] != "body"]
    inside = [{**item, "loc": item["loc"][1:]} for item in items if item["loc"][0] == "body"]
    within = explain(inside, error.body, _body_model(request)) if inside else ()
    return answer(errors.InvalidSpec(errors=bounded([*outside, *within])))


def _outside(item: Any, request: Request) -> FieldError:
    """What is wrong with a query parameter or a header, whose names know no case."""
    place, *loc = item["loc"]
    name = shown(loc[0] if loc else place)
    if item["type"] == "extra_forbidden":
        known = _parameters(request)
        return FieldError(
            f"?{name}", "unknown_field", "no such query parameter",
            allowed=known, did_you_mean=suggestion(name, known),
        )  # fmt: skip
    pointer = f"header {str(name).title()}" if place == "header" else f"?{name}"
    got, allowed = shown(item.get("input")), choices(item)
    guess = suggestion(got, allowed) if allowed else None
    return FieldError(pointer, item["type"], item["msg"], got, allowed, guess)


def _parameters(request: Request) -> tuple[str, ...]:
    """What the route takes in its query."""
    hints = typing.get_type_hints(request.scope["endpoint"]).values()
    found = [hint for hint in hints if isinstance(hint, type) and issubclass(hint, ClosedQuery)]
    return tuple(field.alias or name for query in found for name, field in query.model_fields.items())


def _body_model(request: Request) -> type[BaseModel]:
    """The class that the route's body was validated against."""
    hints = typing.get_type_hints(request.scope["endpoint"])
    return next(hint for hint in hints.values() if isinstance(hint, type) and issubclass(hint, BaseModel))


async def _routing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = CODE.get(error.status_code, "http_error")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
    hint = NOWHERE if error.status_code == 404 else None
    return problem(error.status_code, code, str(error.detail), headers=headers, hint=hint)


def _methods(request: Request) -> list[str]:
    """Every method of the path: the framework names those of the first route only."""
    routes = request.app.routes
    found = [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return ["GET", "HEAD", *found[1:]] if "GET" in found else found


def unforeseen() -> Response:
    """The response to an error that is a defect of ours."""
    return problem(500, "internal", "Something failed that we did not foresee; the log says more.")
