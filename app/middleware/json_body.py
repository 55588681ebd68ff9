"""A sound JSON body, or none."""

import hashlib
import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors, json_guard
from app.middleware.bodies import METHODS_WITHOUT, received
from core.errors import BodyTooLarge, DistilleryError, UnsupportedBody

LARGEST_JSON = 1 << 20
QUICK = 1 << 16
# Routes that take a file, as a form: they read it themselves, piece by piece.
FORMS = re.compile(r"/v1/(datasets|models|jobs/[^/]+/predict)")
JSON = "application/json"
# RFC 7396 gives merge patches a type of their own. Whatever is patched here takes one; so does a clone.
MERGE_PATCH = "application/merge-patch+json"
CLONE = re.compile(r"/v1/jobs/[^/]+/clone")


class JsonBody:
    """Let a body through only if it is JSON that every part of the house can hold."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in METHODS_WITHOUT or _is_form(scope):
            return await self.app(scope, receive, send)
        try:
            found = await received(receive, LARGEST_JSON)
            if found is None:
                return None
            body, size = found
            if size > LARGEST_JSON:
                raise BodyTooLarge(f"a body may have {LARGEST_JSON} bytes at most")
            if body:
                _check_headers(Headers(scope=scope), _media_types(scope))
                await _check(body)
            # A route that must know whether a request is the same again needs no body for it.
            scope.setdefault("state", {})["body_sha256"] = hashlib.sha256(body).hexdigest()
        except DistilleryError as error:
            return await errors.answer(error)(scope, receive, send)
        await self.app(scope, _replay(body, receive), send)


def _is_form(scope: Scope) -> bool:
    return FORMS.fullmatch(scope["path"]) is not None


async def _check(body: bytes) -> None:
    """A large document takes half a second to go through: other requests must not wait for it."""
    if len(body) > QUICK:
        await run_in_threadpool(json_guard.parse, body)
    else:
        json_guard.parse(body)


def _media_types(scope: Scope) -> tuple[str, ...]:
    patches = scope["method"] == "PATCH" or CLONE.fullmatch(scope["path"])
    return (JSON, MERGE_PATCH) if patches else (JSON,)


def _check_headers(headers: Headers, accepted: tuple[str, ...]) -> None:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in accepted or headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedBody


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
