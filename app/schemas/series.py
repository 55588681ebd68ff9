"""Curves of metrics."""

from typing import Self

from pydantic import ConfigDict, Field

from app.schemas.base import View
from app.schemas.metrics import unit_of
from core.store.series import Axis, Cut, Series

# A million values in so many buckets are read from a thousand rows; in twice as many, from fifteen thousand.
MOST_POINTS = 1000
MOST_SERIES = 50
MOST_JOBS = 20


class SeriesView(View):
    """One curve: at most `max_points` buckets, each a span of steps whose ends never move.

    buckets         [x, last, min, max]; x and last are of the last value in it, so no spike is lost
    counts          how many values each bucket holds
    unit            null where it is not known
    total_points    how many values there are in this part of the curve; 0 also where none was measured yet
    span_steps      how long a bucket is; 1: each is one value
    """

    job_id: str
    name: str
    unit: str | None
    x: Axis
    total_points: int
    span_steps: int
    buckets: list[tuple[float, float, float, float]]
    counts: list[int]

    @classmethod
    def of(cls, found: Series, axis: Axis) -> Self:
        return cls(
            job_id=found.job_id, name=found.name, unit=unit_of(found.name), x=axis, total_points=found.total,
            span_steps=found.span, buckets=found.buckets, counts=found.counts,
        )  # fmt: skip


class SeriesList(View):
    data: list[SeriesView]


class SeriesCut(View):
    """Which part of each curve, and how fine."""

    model_config = ConfigDict(extra="forbid")

    x: Axis = Field("step", description="what `from`, `to` and the first number of a bucket are")
    first: float | None = Field(None, alias="from", allow_inf_nan=False, description="the first x")
    last: float | None = Field(None, alias="to", allow_inf_nan=False, description="the last x")
    max_points: int = Field(500, ge=1, le=MOST_POINTS, description="buckets of each curve, at most")

    def is_empty(self) -> bool:
        """Whether no value can lie in it."""
        return self.first is not None and self.last is not None and self.first > self.last

    def cut(self) -> Cut:
        return Cut(self.x, self.first, self.last, self.max_points)


class SeriesQuestion(SeriesCut):
    """Curves of several jobs: every name of every job, 50 at most."""

    # A query knows text only: "5" is a number there, but not in JSON.
    model_config = ConfigDict(strict=True)

    jobs: list[str] = Field(min_length=1, max_length=MOST_JOBS, description="ids")
    names: list[str] = Field(min_length=1, max_length=MOST_SERIES, description="of metrics")
