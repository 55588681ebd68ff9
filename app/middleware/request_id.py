"""Every request has an id, in its answer and in the log."""

import logging
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors
from app.problems import MEDIA_TYPE
from core import ids

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
    content = body["body"].rstrip()[:-1] + f', "request_id": "{request_id}"}}'.encode()
    MutableHeaders(scope=start)["content-length"] = str(len(content))
    return {**body, "body": content}
