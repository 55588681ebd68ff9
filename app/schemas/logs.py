"""Lines of a log."""

from datetime import datetime
from typing import Self

from app.schemas.base import View
from core.store import tables


class LogLineView(View):
    attempt: int
    line: int
    at: datetime
    level: str
    text: str

    @classmethod
    def of(cls, line: tables.LogLine) -> Self:
        return cls(attempt=line.attempt, line=line.line, at=line.at, level=line.level, text=line.text)


class LogList(View):
    data: list[LogLineView]
