"""Of many that would do a thing one does it, on both databases."""

from core.store import leaders
from core.store.session import Database
from tests.core.store.side_by_side import at_once

THING = "sweeping"


def take(database: Database, holder: str, silent: tuple[str, int] | None = None) -> bool:
    with database.writing() as session:
        return leaders.take(session, THING, holder, silent)


def beat(database: Database, holder: str) -> bool:
    with database.writing() as session:
        return leaders.beat(session, THING, holder)


def resign(database: Database, holder: str) -> None:
    with database.writing() as session:
        leaders.resign(session, THING, holder)


def seen(database: Database) -> tuple[str, int] | None:
    with database.reading() as session:
        return leaders.beats(session, THING)


def test_the_first_leads_and_says_so(database: Database) -> None:
    assert seen(database) is None

    assert take(database, "one")
    assert seen(database) == ("one", 1)
    assert beat(database, "one")
    assert seen(database) == ("one", 2)


def test_a_second_does_not_lead(database: Database) -> None:
    take(database, "one")

    assert not take(database, "two")
    assert not beat(database, "two")
    assert seen(database) == ("one", 1)


def test_who_fell_silent_is_replaced_and_learns_of_it(database: Database) -> None:
    take(database, "one")

    assert take(database, "two", silent=("one", 1))
    assert not beat(database, "one")
    assert seen(database) == ("two", 2)


def test_who_spoke_after_all_is_not_replaced(database: Database) -> None:
    take(database, "one")
    silent = seen(database)
    beat(database, "one")

    assert not take(database, "two", silent)
    assert beat(database, "one")


def test_of_many_that_would_lead_one_does(database: Database) -> None:
    names = [f"dsp_{number}" for number in range(8)]
    first = [done.result() for done in at_once(*[lambda name=name: take(database, name) for name in names])]
    silent = seen(database)
    then = [
        done.result() for done in at_once(*[lambda name=name: take(database, name, silent) for name in names])
    ]

    assert (sum(first), sum(then)) == (1, 1)
    assert seen(database) == (names[then.index(True)], 2)


def test_who_resigns_lets_the_next_one_lead_at_once(database: Database) -> None:
    take(database, "one")

    resign(database, "two")
    assert beat(database, "one")
    resign(database, "one")

    assert seen(database) is None
    assert take(database, "two")


def test_each_thing_has_a_leader_of_its_own(database: Database) -> None:
    take(database, "one")

    with database.writing() as session:
        assert leaders.take(session, "another", "two", None)
