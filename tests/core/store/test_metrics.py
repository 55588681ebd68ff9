"""Metric values are kept once for each step, and summed up by name."""

import math
from typing import Any

import pytest

from core.store import metrics
from core.store.metrics import Summary
from core.store.session import Database
from tests.builders import a_job


def at(step: int, value: float, name: str = "train/loss") -> dict[str, Any]:
    return {"name": name, "step": step, "epoch": step / 10, "seconds": float(step), "value": value}


def write(database: Database, job_id: str, *rows: dict[str, Any]) -> None:
    with database.writing() as session:
        metrics.write(session, job_id, rows)


def summaries(database: Database, job_id: str) -> list[Summary]:
    with database.reading() as session:
        return metrics.summaries(session, job_id)


def test_a_metric_is_summed_up(database: Database) -> None:
    job_id = a_job(database)

    write(database, job_id, at(20, 1.5), at(10, 2.0), at(30, 9.0), at(40, 0.5), at(50, 0.75))

    assert summaries(database, job_id) == [Summary("train/loss", 5, first=2.0, last=0.75, min=0.5, max=9.0)]


def test_each_name_and_each_job_has_its_own(database: Database) -> None:
    job_id, other = a_job(database), a_job(database)

    write(database, job_id, at(1, 2.0), at(1, 0.5, "validation/accuracy"))
    write(database, other, at(1, 7.0))

    assert [(found.name, found.first) for found in summaries(database, job_id)] == [
        ("train/loss", 2.0),
        ("validation/accuracy", 0.5),
    ]


def test_a_repeated_attempt_replaces_what_an_earlier_one_wrote(database: Database) -> None:
    job_id = a_job(database)
    write(database, job_id, at(1, 2.0), at(2, 1.0))

    write(database, job_id, at(2, 1.1), at(3, 0.9))

    assert summaries(database, job_id) == [Summary("train/loss", 3, first=2.0, last=0.9, min=0.9, max=2.0)]


def test_of_a_step_given_twice_in_one_batch_the_last_counts(database: Database) -> None:
    job_id = a_job(database)

    write(database, job_id, at(1, 2.0), at(1, 3.0))

    assert summaries(database, job_id) == [Summary("train/loss", 1, first=3.0, last=3.0, min=3.0, max=3.0)]


@pytest.mark.parametrize("value", [0.1, 1e-300, 1.7e308, -0.0, 123456789.123456789])
def test_values_keep_every_digit(database: Database, value: float) -> None:
    job_id = a_job(database)

    write(database, job_id, at(2**40, value))

    assert [found.last for found in summaries(database, job_id)] == [value]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_left_out(database: Database, value: float) -> None:
    job_id = a_job(database)

    write(database, job_id, at(1, 2.0), at(2, value))

    assert summaries(database, job_id) == [Summary("train/loss", 1, first=2.0, last=2.0, min=2.0, max=2.0)]


def test_a_job_may_have_no_metric(database: Database) -> None:
    job_id = a_job(database)
    write(database, job_id)

    assert summaries(database, job_id) == []


def test_a_large_batch_is_written_at_once(database: Database) -> None:
    job_id = a_job(database)

    write(database, job_id, *[at(step, 1.0) for step in range(5000)])

    assert summaries(database, job_id)[0].count == 5000


def steps(database: Database, job_id: str) -> dict[str, float]:
    """The last value of each metric, which is its step where `at` was given it."""
    return {found.name: found.last for found in summaries(database, job_id)}


def test_what_lies_past_the_end_of_a_run_is_dropped(database: Database) -> None:
    job_id, other = a_job(database), a_job(database)
    names = ("train/loss", "validation/accuracy", "teacher/train/loss")
    for owner in (job_id, other):
        write(database, owner, *[at(step, step, name) for name in names for step in (10, 2**40)])

    with database.writing() as session:
        metrics.drop_past(session, job_id, {"train/loss": 10, "test/accuracy": 9})

    # Not told of, but of the same network: validation/accuracy. Of another one: teacher/train/loss.
    assert steps(database, job_id) == {
        "train/loss": 10, "validation/accuracy": 10, "teacher/train/loss": 2**40,
    }  # fmt: skip
    assert set(steps(database, other).values()) == {2**40}


def test_the_teacher_ends_at_a_step_of_its_own(database: Database) -> None:
    job_id = a_job(database)
    names = ("train/loss", "teacher/train/loss")
    write(database, job_id, *[at(step, step, name) for name in names for step in (10, 20, 30)])

    with database.writing() as session:
        metrics.drop_past(session, job_id, {"test/accuracy": 10, "teacher/test/accuracy": 20})

    assert steps(database, job_id) == {"train/loss": 10, "teacher/train/loss": 20}


def test_a_run_that_told_nothing_drops_nothing(database: Database) -> None:
    job_id = a_job(database)
    write(database, job_id, at(10, 10))

    with database.writing() as session:
        metrics.drop_past(session, job_id, {})

    assert steps(database, job_id) == {"train/loss": 10}
