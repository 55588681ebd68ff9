"""Metrics of a job."""

from typing import Self

from app.schemas.base import View
from core.store.metrics import Summary


class MetricView(View):
    """One metric of a job, summed up. `unit` is null where nobody knows it."""

    name: str
    unit: str | None
    count: int
    first: float
    last: float
    min: float
    max: float
    best: float

    @classmethod
    def of(cls, found: Summary) -> Self:
        higher = found.name.endswith(("accuracy", "r2"))
        return cls(
            name=found.name, unit=unit_of(found.name), count=found.count,
            first=found.first, last=found.last, min=found.min, max=found.max,
            best=found.max if higher else found.min,
        )  # fmt: skip


class MetricList(View):
    data: list[MetricView]


def unit_of(name: str) -> str | None:
    """By the words that every trainer uses; None for any other name."""
    if name.endswith("accuracy"):
        return "ratio"
    if name.endswith("loss"):
        return "nats"
    return "" if name.endswith("learning_rate") else None
