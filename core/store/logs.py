"""Log lines of a job, by attempt and line."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.store.documents import storable
from core.store.search import contains
from core.store.tables import LogLine
from core.store.upsert import upsert


def write(session: Session, job_id: str, attempt: int, rows: Sequence[dict[str, Any]]) -> None:
    """Write lines; each row holds line, at, level and text. Written again, a line is the same line:
    whoever lost the connection while committing does not know whether it was.
    """
    upsert(session, LogLine, [{"job_id": job_id, "attempt": attempt, **_sound(row)} for row in rows])


def _sound(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "text": storable(row["text"])}


def tail(
    session: Session, job_id: str, count: int, *, level: str | None = None, query: str | None = None
) -> list[LogLine]:
    """The last `count` lines that match, oldest first."""
    statement = select(LogLine).where(LogLine.job_id == job_id)
    if level is not None:
        statement = statement.where(LogLine.level == level)
    if query is not None:
        statement = statement.where(contains(LogLine.text, query))
    newest = statement.order_by(LogLine.attempt.desc(), LogLine.line.desc()).limit(count)
    return list(session.scalars(newest))[::-1]
