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
