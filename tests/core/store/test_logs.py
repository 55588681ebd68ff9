"""The last lines of a log, by attempt and line."""

from typing import Any

import pytest

from core import clock
from core.store import logs
from core.store.session import Database
from tests.builders import a_job


def said(database: Database, job_id: str, attempt: int, *lines: tuple[str, str]) -> None:
    rows = [
        {"line": number, "at": clock.now(), "level": level, "text": text}
        for number, (level, text) in enumerate(lines, start=1)
    ]
    with database.writing() as session:
        logs.write(session, job_id, attempt, rows)


def tail(database: Database, job_id: str, count: int = 100, **options: Any) -> list[str]:
    with database.reading() as session:
        return [line.text for line in logs.tail(session, job_id, count, **options)]


@pytest.fixture
def job_id(database: Database) -> str:
    made = a_job(database)
    said(database, made, 1, ("info", "epoch 1"), ("warning", "Slow: 100%"), ("error", "no memory"))
    said(database, made, 2, ("info", "epoch 1 again"), ("info", "É_é \\ 'quoted'"))
    return made


def test_lines_come_oldest_first_through_all_attempts(database: Database, job_id: str) -> None:
    assert tail(database, job_id) == [
        "epoch 1", "Slow: 100%", "no memory", "epoch 1 again", "É_é \\ 'quoted'",
    ]  # fmt: skip


def test_the_tail_is_the_end(database: Database, job_id: str) -> None:
    assert tail(database, job_id, 2) == ["epoch 1 again", "É_é \\ 'quoted'"]


def test_a_level_is_picked_before_the_tail_is_cut(database: Database, job_id: str) -> None:
    assert tail(database, job_id, 1, level="warning") == ["Slow: 100%"]


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("EPOCH", ["epoch 1", "epoch 1 again"]),
        ("100%", ["Slow: 100%"]),
        ("É_", ["É_é \\ 'quoted'"]),
        ("\\", ["É_é \\ 'quoted'"]),
        ("'", ["É_é \\ 'quoted'"]),
        ("1_", []),
        ("\0", []),
    ],
)
def test_a_part_of_a_line_is_sought_literally(
    database: Database, job_id: str, query: str, lines: list[str]
) -> None:
    assert tail(database, job_id, query=query) == lines


def test_another_job_has_another_log(database: Database, job_id: str) -> None:
    assert tail(database, a_job(database)) == []


def test_a_line_that_is_written_again_is_the_same_line(database: Database, job_id: str) -> None:
    before = tail(database, job_id)

    said(database, job_id, 1, ("info", "epoch 1"), ("warning", "Slow: 100%"), ("error", "no memory"))

    assert tail(database, job_id) == before


def test_a_line_may_hold_anything(database: Database) -> None:
    job_id = a_job(database)

    said(database, job_id, 1, ("info", "a\0b"), ("info", "\ud800"), ("info", ""))

    assert tail(database, job_id) == ["a\ufffdb", "?", ""]
