"""Every list that is to cost the same at any length has an index that gives its rows in their order."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from core import clock
from core.lifecycle import JobState
from core.store import listing
from core.store.listing import Position, Sort, Wanted
from core.store.session import Database
from tests.builders import ME

CHEAP: list[dict[str, Any]] = [
    *({"sort": sort} for sort in Sort),
    {"states": [JobState.RUNNING]},
    {"states": [JobState.RUNNING, JobState.FAILED]},
    {"tags": ["a"]},
    {"tags": ["a", "b"]},
]


@pytest.mark.parametrize("behind", [None, Position(None, "job_00000000000000000000000001")])
@pytest.mark.parametrize("owner", [ME, None])
@pytest.mark.parametrize("wanted", CHEAP, ids=str)
def test_no_page_sorts_or_looks_at_what_is_not_on_it(
    sqlite: Database, wanted: dict[str, Any], owner: str | None, behind: Position | None
) -> None:
    """What the plan says: an index gives the rows in their order, from the position on."""
    asked = Wanted(**wanted)
    if behind is not None and asked.sort in listing.KEY:
        behind = Position(50 if "priority" in asked.sort else clock.now(), behind.job_id)

    steps = plan(sqlite, owner, asked, behind)

    # Several states are merged: no more than a page of each is sorted.
    sorts = [step for step in steps if "TEMP B-TREE" in step]
    assert sorts == [] or len(asked.states) > 1
    whole = [step for step in steps if step.startswith("SCAN jobs") and "INDEX" not in step]
    assert whole == []
    if owner is not None:
        assert any("owner=?" in step for step in steps), steps


@pytest.fixture
def sqlite(migrated_sqlite: Any) -> Iterator[Database]:
    opened = Database(f"sqlite:///{migrated_sqlite}")
    yield opened
    opened.close()


def plan(database: Database, owner: str | None, wanted: Wanted, behind: Position | None) -> Sequence[str]:
    """What SQLite is going to do, step by step."""
    asked = listing.statement(owner, wanted, behind, 21)
    with database.reading() as session:
        connection = session.connection()
        compiled = asked.compile(connection, compile_kwargs={"render_postcompile": True})
        unknown = (None,) * len(compiled.positiontup or ())
        return [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", unknown)]
