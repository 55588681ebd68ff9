"""Jobs side by side, and curves, as the service answers them."""

from typing import Any

from app.client.results import Event, Result


class ComparedJob(Result):
    """One of the jobs that are compared."""

    id: str
    name: str | None
    state: str
    device: str | None


class Difference(Result):
    """A field of the resolved specs by JSON pointer, and its value in each job."""

    pointer: str
    values: tuple[Any, ...]


class ReportValue(Result):
    """What was measured, with its interval where there is one."""

    value: float
    low: float | None
    high: float | None


class ReportRow(Result):
    """One measurement of each job; `best` are the places of the best."""

    name: str
    unit: str
    better: str | None
    values: tuple[ReportValue | None, ...]
    best: tuple[int, ...]


class Comparison(Result):
    """Values stand in the order of the jobs."""

    jobs: tuple[ComparedJob, ...]
    differences: tuple[Difference, ...]
    rows: tuple[ReportRow, ...]


class Series(Result):
    """One curve. Each bucket is x, last, min and max of its values, and `counts` how many these are."""

    job_id: str
    name: str
    unit: str | None
    x: str
    total_points: int
    span_steps: int
    buckets: tuple[tuple[float, float, float, float], ...]
    counts: tuple[int, ...]

    @property
    def points(self) -> list[tuple[float, float]]:
        """x and the last value of each bucket."""
        return [(x, last) for x, last, _, _ in self.buckets]


class FeedEvent(Event):
    """An event of any job. `position` leads to what came after it."""

    job_id: str
    position: str
