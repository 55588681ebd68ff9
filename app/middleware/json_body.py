"""What happens to every request before routing: a request id, and a sound JSON body or none."""

import hashlib
import logging
import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors, json_guard
from app.problems import MEDIA_TYPE
from core import ids
from core.errors import BodyTooLarge, DistilleryError, UnsupportedBody

LARGEST_JSON = 1 << 20
QUICK = 1 << 16
# Read and thrown away beyond the limit, so that the answer reaches a client that is still sending.
DRAINED = 16 << 20
log = logging.getLogger("distillery.api")
_SOUND_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class RequestId:
    """Take over or make an X-Request-Id, answer with it, and put it into problem documents."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _SOUND_ID.fullmatch(given) else ids.new("req")
        named = _Named(send, request_id)
        try:
            await self.app(scope, receive, named)
        except Exception:
            log.exception("request %s failed: %s %r", request_id, scope["method"], scope["path"])
            if named.started:
                raise
            await errors.unforeseen()(scope, receive, named)


class _Named:
    """Sends on what the application answers, with the request id in its header and problem document."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self._held: Message | None = None
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            headers["X-Content-Type-Options"] = "nosniff"
            if headers.get("content-type", "").startswith(MEDIA_TYPE):
                self._held = message
                return
        elif self._held is not None:
            start, self._held = self._held, None
            message = _with_id(start, message, self._request_id)
            await self._send(start)
        await self._send(message)


def _with_id(start: Message, body: Message, request_id: str) -> Message:
    """Problem documents are one chunk, and small: the id becomes their last member."""
    if not body.get("body"):  # a HEAD request is answered without one
        return body
    content = body["body"].rstrip()[:-1] + f', "request_id": "{request_id}"}}'.encode()
    MutableHeaders(scope=start)["content-length"] = str(len(content))
    return {**body, "body": content}


class JsonBody:
    """Let a body through only if it is JSON that every part of the house can hold."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS", "DELETE"):
            return await self.app(scope, receive, send)
        try:
            body = await _read(receive)
            if body is None:
                return None
            if body:
                _check_headers(Headers(scope=scope))
                await _check(body)
            # A route that must know whether a request is the same again needs no body for it.
            scope.setdefault("state", {})["body_sha256"] = hashlib.sha256(body).hexdigest()
        except DistilleryError as error:
            return await errors.answer(error)(scope, receive, send)
        await self.app(scope, _replay(body, receive), send)


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None when the connection broke before its end: what came may look sound, and is not."""
    body, size, more = bytearray(), 0, True
    while more and size <= DRAINED:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= LARGEST_JSON:
            body += chunk
        more = message.get("more_body", False)
    if size > LARGEST_JSON:
        raise BodyTooLarge(f"a body may have {LARGEST_JSON} bytes at most")
    return bytes(body)


async def _check(body: bytes) -> None:
    """A large document takes half a second to go through: other requests must not wait for it."""
    if len(body) > QUICK:
        await run_in_threadpool(json_guard.parse, body)
    else:
        json_guard.parse(body)


def _check_headers(headers: Headers) -> None:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or headers.get("content-encoding", "identity") != "identity":
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
