"""Metric values: write a batch, and sum them up by name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.store.tables import Metric
from core.store.upsert import upsert


@dataclass(frozen=True)
class Summary:
    """One metric of a job: how often it was measured, and its marked values."""

    name: str
    count: int
    first: float
    last: float
    min: float
    max: float


def write(session: Session, job_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Write values keyed by (name, step); a repeated attempt replaces what an earlier one wrote.

    Values that are not finite are left out: no JSON could show them.
    """
    finite = [row for row in rows if math.isfinite(row["value"])]
    latest = {(row["name"], row["step"]): {"job_id": job_id, **row} for row in finite}
    upsert(session, Metric, list(latest.values()))


def summaries(session: Session, job_id: str) -> list[Summary]:
    """Every metric of the job, by name."""
    values = (
        select(
            Metric.name, func.count().label("times"), func.min(Metric.value).label("low"),
            func.max(Metric.value).label("high"), func.min(Metric.step).label("first"),
            func.max(Metric.step).label("last"),
        )
        .where(Metric.job_id == job_id)
        .group_by(Metric.name)
        .subquery()
    )  # fmt: skip

    def value_at(step: Any) -> Any:
        found = select(Metric.value).where(
            Metric.job_id == job_id, Metric.name == values.c.name, Metric.step == step
        )
        return found.scalar_subquery()

    query = select(values, value_at(values.c.first).label("v0"), value_at(values.c.last).label("v1"))
    return [
        Summary(row.name, row.times, row.v0, row.v1, row.low, row.high)
        for row in session.execute(query.order_by(values.c.name))
    ]
