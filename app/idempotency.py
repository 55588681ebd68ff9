"""Idempotency-Key: the same request, sent again, is answered with the first answer and done once."""

import hashlib
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.callers import Caller
from app.dependencies import Submitter, WriteSession
from core.errors import FieldError, InvalidSpec
from core.store import once
from core.store.session import Session

Answer = TypeVar("Answer", bound=BaseModel)
KEPT_HEADERS = ("location", "etag")
KEY = Header(min_length=1, max_length=128, pattern=r"^[!-~]+$", description="kept for 24 hours")


OnceKey = Annotated[str | None, KEY]


class Replayed(Exception):
    """The request was answered before; this is that answer."""

    def __init__(self, status: int, headers: dict[str, str], body: str) -> None:
        self.response = Response(
            body, status, {**headers, "Idempotency-Replayed": "true"}, media_type="application/json"
        )


class Once:
    """Keeps the answer to a request that carries a key, in the transaction of what it does."""

    def __init__(self, session: Session, owner: str, key: str | None) -> None:
        self._session = session
        self._owner = owner
        self._key = key

    def keep(self, answer: Answer, response: Response, status: int) -> Answer:
        """Remember the answer, and give it on."""
        if self._key is not None:
            headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
            body = answer.model_dump_json()
            once.remember(self._session, self._owner, self._key, status, headers, body)
        return answer


def open_once(
    request: Request, session: WriteSession, who: Submitter, idempotency_key: OnceKey = None
) -> Once:
    """As `begin`, in the transaction of the route."""
    return begin(request, session, who, idempotency_key)


def begin(request: Request, session: Session, who: Caller, idempotency_key: str | None) -> Once:
    """Answer a repeated request from memory; let the first one through.

    Replayed       the same key and request came before
    InvalidSpec    the same key came with another request
    """
    if idempotency_key is not None:
        digest = _digest(request)
        first = once.begin(session, who.owner, idempotency_key, digest)
        if first is not None and first.request_sha256 != digest:
            detail = "this key was used for another request"
            raise InvalidSpec(
                errors=(FieldError("header Idempotency-Key", "idempotency_key_reused", detail),)
            )
        if first is not None:
            raise Replayed(first.status or 200, first.headers or {}, first.body or "")
    return Once(session, who.owner, idempotency_key)


def _digest(request: Request) -> str:
    """Of what is asked: method, path and body. The body was read by the middleware."""
    asked = f"{request.method} {request.url.path} {getattr(request.state, 'body_sha256', '')}"
    return hashlib.sha256(asked.encode()).hexdigest()


OnceOnly = Annotated[Once, Depends(open_once, scope="function")]
