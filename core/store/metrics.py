"""Metric values: write a batch, and sum them up by name."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from core.store import rollups
from core.store.tables import Metric
from core.store.upsert import upsert

# What is measured of the teacher has names of its own, and steps of its own.
_TEACHER = "teacher/"


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
    rollups.refresh(session, job_id, _touched(latest))


def _touched(keys: Iterable[tuple[str, int]]) -> dict[str, tuple[int, int]]:
    """The first and the last step of each name."""
    found: dict[str, tuple[int, int]] = {}
    for name, step in keys:
        first, last = found.get(name, (step, step))
        found[name] = min(first, step), max(last, step)
    return found


def drop_past(session: Session, job_id: str, told: Mapping[str, int]) -> None:
    """Delete what lies past the end of a run, left there by an attempt that was lost further on.

    told    the last step of each name that the run's last attempt told of. It goes on from a checkpoint and
            may end at once: for a name that it told nothing of, the last step of the same network counts.
    """
    ends: dict[bool, int] = {}
    for name, step in told.items():
        of_teacher = name.startswith(_TEACHER)
        ends[of_teacher] = max(step, ends.get(of_teacher, step))
    past = [
        (Metric.name.startswith(_TEACHER) == of_teacher) & (Metric.step > step)
        for of_teacher, step in ends.items()
    ]
    if past:
        session.execute(delete(Metric).where(Metric.job_id == job_id, or_(*past)))
        left = {name: ends.get(name.startswith(_TEACHER)) for name in rollups.names(session, job_id)}
        rollups.cut_off(session, job_id, {name: step for name, step in left.items() if step is not None})


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
