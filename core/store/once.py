"""Answers to requests with an Idempotency-Key: kept for a day, committed with what they tell of."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core import clock
from core.store.tables import Once
from core.store.upsert import insert_new

KEPT = timedelta(hours=24)


def begin(session: Session, owner: str, key: str, request_sha256: str) -> Once | None:
    """None for the first request of this key; else the row of the first. A concurrent one is waited for."""
    row: dict[str, Any] = {
        "owner": owner, "key": key, "request_sha256": request_sha256, "status": None, "headers": None,
        "body": None, "created_at": clock.now(),
    }  # fmt: skip
    if insert_new(session, Once, row):
        return None
    found = session.get(Once, (owner, key), populate_existing=True)
    assert found is not None, "what was in the way of the insert is there"
    return found


def remember(session: Session, owner: str, key: str, status: int, headers: dict[str, str], body: str) -> None:
    """Keep the answer, to be committed with what it tells of."""
    row = session.get(Once, (owner, key), populate_existing=True)
    assert row is not None, "begin was called"
    row.status, row.headers, row.body = status, dict(headers), body


def forget_old(session: Session) -> None:
    session.execute(delete(Once).where(Once.created_at < clock.now() - KEPT))
