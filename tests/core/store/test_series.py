"""Curves: what is summed up is always what the values say, and no spike is lost."""

import math
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.store import metrics, series
from core.store.rollups import SPANS
from core.store.series import Bucket, Cut, Series
from core.store.session import Database
from core.store.tables import Metric, MetricRollup
from tests.builders import a_job

NAMES = ("train/loss", "validation/accuracy", "teacher/train/loss")
# Dense where spans begin and end, and far away.
STEPS = st.one_of(
    st.integers(0, 200),
    st.sampled_from([edge + by for edge in SPANS for by in (-1, 0, 1)]),
    st.integers(0, 2**41),
)
VALUES = st.floats(-10, 10) | st.sampled_from([math.nan, math.inf])
BATCHES = st.lists(st.tuples(st.sampled_from(NAMES), STEPS, VALUES), max_size=30)
ENDS = st.dictionaries(st.sampled_from(NAMES), STEPS, max_size=2)
on_a_database = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def row(name: str, step: int, value: float) -> dict[str, Any]:
    return {"name": name, "step": step, "epoch": step / 10, "seconds": step / 2, "value": value}


def write(database: Database, job_id: str, rows: list[dict[str, Any]]) -> None:
    with database.writing() as session:
        metrics.write(session, job_id, rows)


def read(database: Database, job_id: str, name: str = "train/loss", **cut: Any) -> Series:
    with database.reading() as session:
        return series.read(session, job_id, name, Cut(**cut))


def values(database: Database, job_id: str) -> list[Metric]:
    query = select(Metric).where(Metric.job_id == job_id).order_by(Metric.name, Metric.step)
    with database.reading() as session:
        return list(session.scalars(query))


def expected(found: list[Metric], level: int) -> dict[tuple[str, int], tuple[Any, ...]]:
    """What the rows of a level must say, from the values themselves."""
    groups: dict[tuple[str, int], list[Metric]] = defaultdict(list)
    for value in found:
        groups[value.name, value.step // SPANS[level]].append(value)
    return {
        key: (
            len(some), some[-1].step, some[-1].epoch, some[-1].seconds, some[-1].value,
            min(one.value for one in some), max(one.value for one in some),
        )
        for key, some in groups.items()
    }  # fmt: skip


def stored(database: Database, job_id: str, level: int) -> dict[tuple[str, int], tuple[Any, ...]]:
    with database.reading() as session:
        query = select(MetricRollup).where(MetricRollup.job_id == job_id, MetricRollup.level == level)
        return {
            (one.name, one.number): (
                one.count, one.step, one.epoch, one.seconds, one.last, one.low, one.high
            )
            for one in session.scalars(query)
        }  # fmt: skip


@on_a_database
@given(story=st.lists(BATCHES | ENDS, max_size=8))
def test_what_is_summed_up_is_what_the_values_say(database: Database, story: list[Any]) -> None:
    job_id = a_job(database)

    for chapter in story:
        with database.writing() as session:
            if isinstance(chapter, dict):
                metrics.drop_past(session, job_id, chapter)
            else:
                metrics.write(session, job_id, [row(*one) for one in chapter])

    found = values(database, job_id)
    for level in range(1, len(SPANS)):
        assert stored(database, job_id, level) == expected(found, level)


@on_a_database
@given(
    steps=st.sets(STEPS | st.integers(0, 3000), max_size=60),
    most=st.integers(1, 20),
    ends=st.tuples(st.none() | STEPS, st.none() | STEPS),
    axis=st.sampled_from(["step", "epoch", "seconds"]),
)
def test_buckets_hold_what_lies_in_them(
    database: Database, steps: set[int], most: int, ends: tuple[int | None, int | None], axis: Any
) -> None:
    job_id = a_job(database)
    write(database, job_id, [row("train/loss", step, math.sin(step)) for step in steps])
    unit = {"step": 1.0, "epoch": 0.1, "seconds": 0.5}[axis]
    first, last = (None if end is None else end * unit for end in ends)

    found = read(database, job_id, x=axis, first=first, last=last, max_points=most)

    inside = [
        value for value in values(database, job_id)
        if (first is None or getattr(value, axis) >= first) and (last is None or getattr(value, axis) <= last)
    ]  # fmt: skip
    groups: dict[int, list[Metric]] = defaultdict(list)
    for value in inside:
        groups[value.step // found.span].append(value)
    assert found.total == len(inside)
    assert len(found.buckets) <= most
    assert found.buckets == [
        Bucket(
            getattr(some[-1], axis), some[-1].value, min(one.value for one in some),
            max(one.value for one in some),
        )
        for some in groups.values()
    ]  # fmt: skip
    assert found.counts == [len(some) for some in groups.values()]


def test_a_spike_of_one_step_is_seen_however_coarse_the_curve(database: Database) -> None:
    job_id = a_job(database)
    write(database, job_id, [row("train/loss", step, 1.0) for step in range(6_000) if step != 3_333])
    write(database, job_id, [row("train/loss", 3_333, 99.0)])

    for most in (1, 7, 2000):
        found = read(database, job_id, max_points=most)
        assert (found.total, max(bucket.max for bucket in found.buckets)) == (6_000, 99.0)
        assert len(found.buckets) <= most


def test_a_curve_that_grows_changes_at_its_end_only(database: Database) -> None:
    job_id = a_job(database)
    write(database, job_id, [row("train/loss", step, math.sin(step)) for step in range(1000)])
    before = read(database, job_id, max_points=300)

    write(database, job_id, [row("train/loss", step, math.sin(step)) for step in range(1000, 1100)])

    after = read(database, job_id, max_points=300)
    assert before.span == after.span == 4
    assert after.buckets[: len(before.buckets) - 1] == before.buckets[:-1]


def test_few_values_are_told_one_by_one_however_far_apart(database: Database) -> None:
    job_id = a_job(database)
    write(database, job_id, [row("train/loss", step, 1.0) for step in (1, 2, 2**40)])

    found = read(database, job_id, max_points=3)

    assert (found.span, [bucket.x for bucket in found.buckets]) == (1, [1, 2, 2**40])


@pytest.mark.parametrize("job", ["another", "mine"])
def test_a_curve_without_values_is_empty(database: Database, job: str) -> None:
    job_id = a_job(database)
    write(database, a_job(database), [row("train/loss", 1, 1.0)])

    assert read(database, job_id) == Series(job_id, "train/loss", 0, 1, [], [])
