"""Jobs side by side."""

from typing import Any, Literal, Self

from app.schemas.base import View
from core.store import tables


class JobColumn(View):
    """One of the jobs that are compared. `device` is what it was measured on, where that is known."""

    id: str
    name: str | None
    state: str
    device: str | None

    @classmethod
    def of(cls, job: tables.Job, device: str | None) -> Self:
        return cls(id=job.id, name=job.name, state=job.state, device=device)


class Difference(View):
    """A field of the resolved specs, by JSON pointer, and its value in each job; null where it has none."""

    pointer: str
    values: list[Any]


class ReportValue(View):
    """What was measured. `low` and `high` are its 95 % interval, of a latency the 95 % quantile; or null."""

    value: float
    low: float | None
    high: float | None


class ReportRow(View):
    """One measurement of each job. `best` are the places of the best, none where no direction is better."""

    name: str
    unit: str
    better: Literal["higher", "lower"] | None
    values: list[ReportValue | None]
    best: list[int]


class Comparison(View):
    """Values stand in the order of the jobs."""

    jobs: list[JobColumn]
    differences: list[Difference]
    rows: list[ReportRow]
