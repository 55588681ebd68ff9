"""The tables of what a job measures."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.store.base import Table


class Metric(Table):
    """One value of one metric at one step; a repeated attempt replaces it."""

    __tablename__ = "metrics"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[float]
    seconds: Mapped[float]
    value: Mapped[float]


class MetricRollup(Table):
    """What the values of one metric come to within a span of steps: always what those rows say.

    level     from 1: how long the span is, as core.store.rollups says
    number    the step of its first place, divided by its length
    """

    __tablename__ = "metric_rollups"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    step: Mapped[int]
    epoch: Mapped[float]
    seconds: Mapped[float]
    last: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
