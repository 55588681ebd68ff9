"""Answers that are kept by key: with what they tell of or not at all, on both databases."""

from datetime import timedelta

from sqlalchemy import func, select, update

from core import clock
from core.store import once
from core.store.session import Database, Session
from core.store.tables import Once
from tests.builders import ME
from tests.core.store.side_by_side import at_once

KEY, ASKED = "a key", "0" * 64


def answered(session: Session, owner: str = ME, key: str = KEY) -> None:
    assert once.begin(session, owner, key, ASKED) is None
    once.remember(session, owner, key, 201, {"etag": "x"}, "{}")


def kept(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Once)) or 0


def test_a_first_request_is_let_through_and_its_answer_kept(database: Database) -> None:
    with database.writing() as session:
        answered(session)

    with database.writing() as session:
        first = once.begin(session, ME, KEY, "1" * 64)
    assert first is not None
    assert (first.request_sha256, first.status, first.headers, first.body) == (
        ASKED,
        201,
        {"etag": "x"},
        "{}",
    )


def test_a_key_is_its_owners(database: Database) -> None:
    with database.writing() as session:
        answered(session)
        answered(session, owner="someone else")
        answered(session, key="another key")

    assert kept(database) == 3


def test_nothing_is_kept_of_what_was_undone(database: Database) -> None:
    with database.writing() as session:
        answered(session)
        session.rollback()

    assert kept(database) == 0
    with database.writing() as session:
        answered(session)


def test_of_many_with_one_key_one_is_let_through(database: Database) -> None:
    def ask() -> bool:
        with database.writing() as session:
            first = once.begin(session, ME, KEY, ASKED)
            if first is None:
                once.remember(session, ME, KEY, 201, {}, "{}")
            else:
                assert first.status == 201, "it is waited for until it is answered"
            return first is None

    let_through = [done.result() for done in at_once(*[ask] * 8)]

    assert sum(let_through) == 1
    assert kept(database) == 1


def test_old_answers_are_forgotten(database: Database) -> None:
    with database.writing() as session:
        for key in ("old", "new"):
            answered(session, key=key)
        moment = clock.now() - once.KEPT - timedelta(seconds=1)
        session.execute(update(Once).where(Once.key == "old").values(created_at=moment))

    with database.writing() as session:
        once.forget_old(session)

    assert kept(database) == 1
    with database.writing() as session:
        assert once.begin(session, ME, "new", ASKED) is not None
        assert once.begin(session, ME, "old", ASKED) is None
