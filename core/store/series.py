"""A curve of one metric: as few points as are asked for, and none of its spikes lost.

Buckets are spans of steps whose length is a power of two and whose ends are multiples of it: they do not
depend on when somebody asks, so a live curve only grows at its end. What a bucket says is exact.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Literal, NamedTuple

from sqlalchemy import bindparam, literal, select, union_all
from sqlalchemy.orm import Session

from core.store.rollups import SPANS, TOP
from core.store.tables import Metric, MetricRollup

Axis = Literal["step", "epoch", "seconds"]
BATCH = 5000


@dataclass(frozen=True)
class Cut:
    """Which part of a curve, and how fine. Values of `x` grow with the step."""

    x: Axis = "step"
    first: float | None = None
    last: float | None = None
    max_points: int = 500


class Bucket(NamedTuple):
    """What the values of one span come to; x and `last` are those of its last value."""

    x: float
    last: float
    min: float
    max: float


@dataclass(frozen=True)
class Series:
    """One curve. `span` is the length of its buckets in steps, `counts` how many values are behind each."""

    job_id: str
    name: str
    total: int
    span: int
    buckets: list[Bucket]
    counts: list[int]


def read(session: Session, job_id: str, name: str, cut: Cut) -> Series:
    """At most `cut.max_points` buckets of the metric; the values themselves where they are no more."""
    ends = _ends(session, job_id, name, cut)
    if ends is None:
        return Series(job_id, name, 0, 1, [], [])
    span = _span(*ends, cut.max_points)
    rows = _rows(session, job_id, name, *ends, span)
    total = sum(row[0] for row in rows)
    if span > 1 and total <= cut.max_points:
        span, rows = 1, _rows(session, job_id, name, *ends, 1)
    return Series(job_id, name, total, span, *_buckets(rows, cut.x, span))


def points(session: Session, job_id: str, name: str, cut: Cut, after: int) -> Sequence[Any]:
    """Some values of the metric behind a step, in order: step, epoch, seconds and value of each."""
    axis = getattr(Metric, cut.x)
    query = select(Metric.step, Metric.epoch, Metric.seconds, Metric.value).where(
        Metric.job_id == job_id, Metric.name == name, Metric.step > after
    )
    if cut.first is not None:
        query = query.where(axis >= cut.first)
    if cut.last is not None:
        query = query.where(axis <= cut.last)
    return session.execute(query.order_by(Metric.step).limit(BATCH)).all()


def _ends(session: Session, job_id: str, name: str, cut: Cut) -> tuple[int, int] | None:
    """The first and the last step of the part; None where nothing lies in it."""
    mine = select(Metric.step).where(Metric.job_id == job_id, Metric.name == name)
    first = _reaching(session, job_id, name, cut.x, cut.first, beyond=False)
    query = mine.order_by(Metric.step.desc()).limit(1)
    if cut.last is not None:
        over = _reaching(session, job_id, name, cut.x, cut.last, beyond=True)
        query = query if over is None else query.where(Metric.step < over)
    last = session.scalar(query)
    return None if first is None or last is None or last < first else (first, last)


def _reaching(
    session: Session, job_id: str, name: str, axis: Axis, x: float | None, *, beyond: bool
) -> int | None:
    """The first step at which `axis` reaches x, or goes beyond it; found level by level, in few rows."""
    if x is None:
        mine = select(Metric.step).where(Metric.job_id == job_id, Metric.name == name)
        return session.scalar(mine.order_by(Metric.step).limit(1))
    low, high = 0, SPANS[TOP] * 2**40
    for level in range(TOP, 0, -1):
        number = MetricRollup.number
        query = select(number).where(
            MetricRollup.job_id == job_id, MetricRollup.name == name, MetricRollup.level == level,
            number >= low // SPANS[level], number <= high // SPANS[level],
        )  # fmt: skip
        found = session.scalar(_from(query, getattr(MetricRollup, axis), x, beyond).order_by(number).limit(1))
        if found is None:
            return None
        low, high = found * SPANS[level], (found + 1) * SPANS[level] - 1
    steps = select(Metric.step).where(
        Metric.job_id == job_id, Metric.name == name, Metric.step >= low, Metric.step <= high
    )
    step: int | None = session.scalar(
        _from(steps, getattr(Metric, axis), x, beyond).order_by(Metric.step).limit(1)
    )
    return step


def _from(query: Any, column: Any, x: float, beyond: bool) -> Any:
    return query.where(column > x if beyond else column >= x)


def _span(first: int, last: int, most: int) -> int:
    """The shortest power of two of which no more than `most` multiples cover these steps."""
    span = 1
    while last // span - first // span + 1 > most:
        span *= 2
    return span


def _rows(session: Session, job_id: str, name: str, first: int, last: int, span: int) -> Sequence[Any]:
    """What lies between two steps, in order, from the longest spans that fit."""
    level = max(level for level in range(TOP + 1) if SPANS[level] <= span)
    pieces = list(_pieces(first, last, level))
    ends = {f"{end}{index}": piece[end] for index, piece in enumerate(pieces) for end in (1, 2)}
    statement = _whole(tuple(piece[0] for piece in pieces))
    # Past the session: nothing of it is an object of a table, and there are thousands.
    return session.connection().execute(statement, {"job": job_id, "name": name, **ends}).all()


def _pieces(first: int, last: int, level: int) -> Iterator[tuple[int, int, int]]:
    """Cut steps into whole spans of a level, and of lower ones at both ends: level, first and last number."""
    if first > last:
        return
    span = SPANS[level]
    low, high = -(-first // span), (last + 1) // span - 1
    if level == 0 or low <= high:
        yield level, low, high
    if level > 0 and low <= high:
        yield from _pieces(first, low * span - 1, level - 1)
        yield from _pieces((high + 1) * span, last, level - 1)
    elif level > 0:
        yield from _pieces(first, last, level - 1)


@cache
def _whole(levels: tuple[int, ...]) -> Any:
    """Reads pieces of these levels, in the order of their steps. There are few such, each built once."""
    parts = [_part(level, index) for index, level in enumerate(levels)]
    together: Any = union_all(*parts) if len(parts) > 1 else parts[0]
    whole = together.subquery()
    return select(whole).order_by(whole.c.step)


def _part(level: int, index: int) -> Any:
    job: Any = bindparam("job")
    name: Any = bindparam("name")
    low, high = (bindparam(f"{end}{index}", type_=Metric.step.type) for end in (1, 2))
    if level == 0:
        return select(
            literal(1).label("count"), Metric.step, Metric.epoch, Metric.seconds, Metric.value.label("last"),
            Metric.value.label("low"), Metric.value.label("high"),
        ).where(
            Metric.job_id == job, Metric.name == name, Metric.step >= low, Metric.step <= high
        )  # fmt: skip
    table = MetricRollup
    return select(
        table.count, table.step, table.epoch, table.seconds, table.last, table.low, table.high
    ).where(
        table.job_id == job, table.name == name, table.level == level,
        table.number >= low, table.number <= high,
    )  # fmt: skip


def _buckets(rows: Sequence[Any], axis: Axis, span: int) -> tuple[list[Bucket], list[int]]:
    """Rows in the order of their steps, put together where they lie in the same bucket; how many values."""
    place = {"step": 1, "epoch": 2, "seconds": 3}[axis]
    if span == 1:
        return [Bucket(row[place], *row[4:]) for row in rows], [1] * len(rows)
    found, counts = [], []
    for _, some in groupby(rows, lambda row: row[1] // span):
        count, low, high = 0, math.inf, -math.inf
        for last in some:
            count, low, high = count + last[0], min(low, last[5]), max(high, last[6])
        found.append(Bucket(last[place], last[4], low, high))
        counts.append(count)
    return found, counts
