"""Who may ask for what: make, list and revoke API keys."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import Field

from app import examples
from app.api.documented import Responses, fails, headers
from app.callers import Callers
from app.dependencies import Admin, ReadSession, WriteSession
from app.idempotency import OnceOnly
from app.queries import NO_QUERY, ClosedQuery
from app.schemas.keys import KeyList, KeyMade, KeyView, NewKey
from core.errors import FieldError, Forbidden, InvalidSpec, NotFound
from core.store import keys

router = APIRouter(prefix="/v1/keys", tags=["keys"])

MADE: Responses = {201: {"description": "Made.", **headers("Idempotency-Replayed")}}
NOT_ADMIN = Forbidden("this key lacks the scope 'admin'")
MISSING = NotFound("no key '01kaj9gsq60y' that could be revoked")


class KeyQuery(ClosedQuery):
    """How to cut the list."""

    limit: int = Field(100, ge=1, le=100)
    cursor: str | None = Field(None, max_length=100, description="next_cursor of the page before")


@router.post(
    "", status_code=201, summary="Make a key", dependencies=NO_QUERY,
    responses=fails(400, NOT_ADMIN, 413, 415, 507) | MADE,
)  # fmt: skip
def create_key(
    asked: Annotated[NewKey, Body(openapi_examples=examples.KEYS)],
    _who: Admin,
    session: WriteSession,
    once: OnceOnly,
    response: Response,
) -> KeyMade:
    """Make a key, and show it this once: only a hash of its secret is kept.

    With an Idempotency-Key one is made, however often the request is sent; a repeated answer tells of it
    without its secret. Revoke it if you have never seen that.
    """
    stored, key = keys.issue(session, asked.name, asked.owner, asked.scopes, asked.expires_at)
    once.keep(KeyMade.of(stored, key=None), response, 201)
    return KeyMade.of(stored, key=key)


@router.get("", summary="List keys", responses=fails(NOT_ADMIN) | {200: headers()})
def list_keys(query: Annotated[KeyQuery, Query()], _who: Admin, session: ReadSession) -> KeyList:
    """Every key, without its secret, in the order of the ids; those that have ended, too."""
    if query.cursor is not None and not keys.is_id(query.cursor):
        raise InvalidSpec(errors=(FieldError("?cursor", "bad_cursor", "not a cursor of this list"),))
    found = keys.page(session, query.limit + 1, query.cursor)
    shown = [KeyView.of(key) for key in found[: query.limit]]
    more = len(found) > query.limit
    return KeyList(data=shown, has_more=more, next_cursor=shown[-1].id if more else None)


def forgetting(key_id: str, request: Request) -> Iterator[None]:
    """What this process believes of the key is forgotten after the revocation is committed."""
    yield
    callers: Callers = request.app.state.callers
    callers.forget(key_id)


@router.delete(
    "/{key_id}", status_code=204, summary="Revoke a key", dependencies=NO_QUERY,
    responses=fails(NOT_ADMIN, MISSING, 507) | {204: {"description": "It counts no more.", **headers()}},
)  # fmt: skip
def delete_key(
    key_id: str,
    _who: Admin,
    _forget: Annotated[None, Depends(forgetting, scope="function")],
    session: WriteSession,
) -> None:
    """Revoke a key, at once and for good. It stays in the list."""
    keys.revoke(session, key_id)
