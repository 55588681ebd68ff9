"""Log lines of a job, by attempt and line."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.store.search import contains
from core.store.tables import LogLine


def write(session: Session, job_id: str, attempt: int, rows: Sequence[dict[str, Any]]) -> None:
    """Append lines; each row holds line, at, level and text."""
    if rows:
        session.execute(insert(LogLine), [{"job_id": job_id, "attempt": attempt, **row} for row in rows])


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
