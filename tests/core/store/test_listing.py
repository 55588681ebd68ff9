"""Lists of jobs on both databases: every order, every filter, and an index for each."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core import clock, ids
from core.lifecycle import JobState
from core.store import listing
from core.store.listing import Position, Sort, Wanted
from core.store.session import Database
from core.store.tables import Job
from tests.builders import ME, a_finished_job, a_job, a_running_job


def listed(database: Database, owner: str | None = ME, **wanted: Any) -> list[str | None]:
    with database.reading() as session:
        page = listing.page(session, owner, limit=100, wanted=Wanted(**wanted))
        return [job.name for job in page.jobs]


def pages(database: Database, limit: int, owner: str | None = ME, **wanted: Any) -> Iterator[list[str]]:
    behind: Position | None = None
    while True:
        with database.reading() as session:
            page = listing.page(session, owner, limit=limit, wanted=Wanted(**wanted), behind=behind)
        yield [job.id for job in page.jobs]
        if page.last is None:
            return
        behind = page.last


def test_a_list_shows_ones_own_jobs_newest_first(database: Database) -> None:
    for name in ("one", "two", "three"):
        a_job(database, name=name)
    a_job(database, owner="someone else", name="foreign")

    assert listed(database) == ["three", "two", "one"]
    assert listed(database, owner=None) == ["foreign", "three", "two", "one"]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 100])
def test_pages_hold_every_job_once(database: Database, limit: int) -> None:
    made = [a_job(database) for _ in range(6)]

    found = list(pages(database, limit))

    assert [job_id for page in found for job_id in page] == made[::-1]
    assert all(len(page) == limit for page in found[:-1])


def test_pages_stay_whole_while_jobs_arrive(database: Database) -> None:
    made = [a_job(database) for _ in range(6)]

    found = []
    for page in pages(database, 2):
        found += page
        a_job(database)

    assert found == made[::-1]


def test_a_list_can_be_cut_by_state(database: Database) -> None:
    a_finished_job(database, name="done")
    a_running_job(database, name="busy")
    a_job(database, name="waiting")

    assert listed(database, states=[JobState.SUCCEEDED]) == ["done"]
    assert listed(database, states=[JobState.QUEUED, JobState.RUNNING]) == ["waiting", "busy"]
    assert listed(database, states=[JobState.FAILED]) == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("DIGITS", ["digits run", "Digits"]),
        ("run", ["digits run"]),
        ("%", ["100%"]),
        ("_", ["a_b"]),
        ("Élan", ["Élan vital"]),
        ("E\u0301lan", ["Élan vital"]),  # the same name, decomposed
        ("'", []),
        ("\0", []),
        ("\\", ["back\\slash"]),
    ],
)
def test_a_list_can_be_cut_by_a_part_of_the_name(database: Database, query: str, names: list[str]) -> None:
    for name in ("back\\slash", "Élan vital", "a_b", "100%", "Digits", "digits run"):
        a_job(database, name=name)
    a_job(database)

    assert listed(database, text=query) == names


def some_jobs(database: Database) -> list[str]:
    """Ids of jobs, oldest first, whose other orders are all different from that."""
    made = [a_job(database, priority=priority) for priority in (50, 90, 50, 10, 90)]
    for number, job_id in enumerate(made):
        moment = clock.now() + timedelta(hours=(3 * number) % 5)
        with database.writing() as session:
            session.execute(update(Job).where(Job.id == job_id).values(updated_at=moment))
    return made


@pytest.mark.parametrize("limit", [1, 2, 5])
@pytest.mark.parametrize("owner", [ME, None])
@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort.NEWEST, [4, 3, 2, 1, 0]),
        (Sort.OLDEST, [0, 1, 2, 3, 4]),
        (Sort.HIGHEST_PRIORITY, [4, 1, 2, 0, 3]),
        (Sort.LOWEST_PRIORITY, [3, 0, 2, 1, 4]),
        (Sort.LATEST_CHANGE, [3, 1, 4, 2, 0]),
        (Sort.EARLIEST_CHANGE, [0, 2, 4, 1, 3]),
    ],
)
def test_every_order_is_kept_across_pages(
    database: Database, sort: Sort, order: list[int], owner: str | None, limit: int
) -> None:
    made = some_jobs(database)

    found = [job_id for page in pages(database, limit, owner, sort=sort) for job_id in page]

    assert found == [made[number] for number in order]


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("owner", [ME, None])
def test_every_filter_goes_with_every_order(database: Database, sort: Sort, owner: str | None) -> None:
    before = clock.now()
    a_job(database, name="other tag", tags=["b"])
    a_finished_job(database, name="other state", tags=["a"])
    a_job(database, name="something else", tags=["a"])
    a_job(database, owner="someone", name="found by nobody else", tags=["a"])
    wanted = a_job(database, name="found", tags=["a", "b"])

    found = list(
        pages(
            database, 1, owner, sort=sort, states=[JobState.QUEUED, JobState.RUNNING], tags=["a", "b", "a"],
            text="FOUND", created_after=before, created_before=clock.now() + timedelta(seconds=1),
        )
    )  # fmt: skip

    assert found == [[wanted]]


@pytest.mark.parametrize(
    ("tags", "names"),
    [(["a"], ["both", "a"]), (["b"], ["both"]), (["a", "b"], ["both"]), (["A"], []), (["c"], [])],
)
@pytest.mark.parametrize("owner", [ME, None])
def test_a_list_can_be_cut_by_tags(
    database: Database, tags: list[str], names: list[str], owner: str | None
) -> None:
    a_job(database, name="a", tags=["a"])
    a_job(database, name="both", tags=["b", "a"])
    a_job(database, name="none")

    assert listed(database, owner, tags=tags) == names


def test_anothers_tags_find_nothing(database: Database) -> None:
    a_job(database, owner="someone else", tags=["a"])

    for sort in Sort:
        assert listed(database, tags=["a"], sort=sort) == []


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.LATEST_CHANGE])
def test_a_list_can_be_cut_by_the_time_of_submission(database: Database, sort: Sort) -> None:
    moments = [clock.now() + timedelta(days=day) for day in range(4)]
    for day, moment in enumerate(moments):
        submitted(database, f"day {day}", moment)
    newest_first = ["day 3", "day 2", "day 1", "day 0"]

    assert set(listed(database, created_after=moments[0], sort=sort)) == set(newest_first[:3])
    assert set(listed(database, created_before=moments[3], sort=sort)) == set(newest_first[1:])
    between = listed(database, created_after=moments[0], created_before=moments[3], sort=sort)
    assert set(between) == {"day 1", "day 2"}
    assert listed(database, created_after=moments[3], sort=sort) == []


@pytest.mark.parametrize("year", [1, 1969, 1970, 9999])
def test_any_year_is_before_or_after_a_job(database: Database, year: int) -> None:
    a_job(database, name="now")
    moment = clock.now().replace(year=year, month=6, day=1)

    assert listed(database, created_after=moment) == (["now"] if year < 2000 else [])
    assert listed(database, created_before=moment) == ([] if year < 2000 else ["now"])


def submitted(database: Database, name: str, moment: Any) -> None:
    """A job of another day."""
    job_id = a_job(database, name=name)
    values = {"id": ids.earliest("job", moment.timestamp()), "created_at": moment}
    with database.writing() as session:
        # Its first event would still name it by the other id.
        session.connection().exec_driver_sql("DELETE FROM events")
        session.execute(update(Job).where(Job.id == job_id).values(**values))
