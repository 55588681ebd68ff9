"""Keys are read once in a few seconds, and count no longer than they may."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from app.callers import BELIEVED_SECONDS, Caller, Callers
from app.key_use import KeyUse
from core import clock
from core.errors import Forbidden, Unauthorized
from core.store import keys
from core.store.session import Database
from core.store.tables import ApiKey


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def callers(database: Database, hands: Hands) -> Iterator[Callers]:
    key_use = KeyUse(database)
    yield Callers(database, key_use, hands)
    key_use.close()


def a_key(database: Database, *scopes: keys.Scope, owner: str = "me") -> str:
    with database.writing() as session:
        return keys.create(session, "a key", owner, scopes or ("read",))


def change(database: Database, key: str, **values: object) -> None:
    """As another process does."""
    with database.writing() as session:
        session.execute(update(ApiKey).where(ApiKey.id == public(key)).values(**values))


def public(key: str) -> str:
    return key.split("_")[1]


def asked(callers: Callers, key: str) -> Caller:
    return asyncio.run(callers.identify(f"Bearer {key}"))


def test_a_key_that_is_known_is_not_read_again(database: Database, callers: Callers, hands: Hands) -> None:
    key = a_key(database, "read", "submit")
    first = asked(callers, key)
    with database.writing() as session:
        session.execute(delete(ApiKey))

    hands.seconds += BELIEVED_SECONDS - 0.01

    assert asked(callers, key) == first == Caller("me", ("read", "submit"))


@pytest.mark.parametrize(
    "end",
    [{"revoked_at": clock.now()}, {"expires_at": clock.now() - timedelta(seconds=1)}],
    ids=["revoked", "expired"],
)
def test_a_key_that_another_process_ends_counts_five_seconds_at_most(
    database: Database, callers: Callers, hands: Hands, end: dict[str, object]
) -> None:
    key = a_key(database)
    asked(callers, key)
    change(database, key, **end)

    hands.seconds += 5

    with pytest.raises(Unauthorized):
        asked(callers, key)


def test_being_asked_for_makes_nobody_believed_longer(
    database: Database, callers: Callers, hands: Hands
) -> None:
    key = a_key(database)
    asked(callers, key)
    change(database, key, revoked_at=clock.now())
    for _ in range(4):
        hands.seconds += 1
        asked(callers, key)

    hands.seconds += 1

    with pytest.raises(Unauthorized):
        asked(callers, key)


def test_a_key_that_this_process_revokes_ends_at_once(database: Database, callers: Callers) -> None:
    key, another = a_key(database), a_key(database, owner="another")
    asked(callers, key)
    asked(callers, another)
    change(database, key, revoked_at=clock.now())

    callers.forget(public(key))

    with pytest.raises(Unauthorized):
        asked(callers, key)
    assert asked(callers, another).owner == "another"


def test_a_key_that_expires_while_it_is_believed_ends_at_once(
    database: Database, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = a_key(database)
    expires = clock.now() + timedelta(hours=1)
    change(database, key, expires_at=expires)
    asked(callers, key)

    monkeypatch.setattr(clock, "now", lambda: expires)

    with pytest.raises(Unauthorized):
        asked(callers, key)


def test_who_knows_only_the_public_half_is_refused(database: Database, callers: Callers) -> None:
    key = a_key(database)
    asked(callers, key)

    for wrong in (f"dk_{public(key)}_", f"dk_{public(key)}_wrong", key[:-1], f"{key}x", f"xx_{key[3:]}"):
        with pytest.raises(Unauthorized):
            asked(callers, wrong)


def test_a_key_that_was_refused_counts_as_soon_as_it_is_there(database: Database, callers: Callers) -> None:
    key = a_key(database)
    change(database, key, revoked_at=clock.now())
    with pytest.raises(Unauthorized):
        asked(callers, key)

    change(database, key, revoked_at=None)

    assert asked(callers, key).owner == "me"


def test_a_revocation_while_the_key_is_read_is_not_missed(
    database: Database, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = a_key(database)
    verify = keys.verify

    def revoked_meanwhile(session: object, presented: str) -> ApiKey:
        found = verify(session, presented)  # type: ignore[arg-type]
        callers.forget(public(key))
        return found

    monkeypatch.setattr(keys, "verify", revoked_meanwhile)
    asked(callers, key)
    monkeypatch.undo()
    change(database, key, revoked_at=clock.now())

    with pytest.raises(Unauthorized):
        asked(callers, key)


@pytest.mark.parametrize(("scopes", "lets"), [(("read",), False), (("admin",), True), (("submit",), True)])
def test_a_scope_is_demanded_of_who_is_known_too(
    database: Database, callers: Callers, scopes: tuple[keys.Scope, ...], lets: bool
) -> None:
    key = a_key(database, *scopes)
    for _ in range(2):
        who = asked(callers, key)
        if lets:
            who.demand("submit")
        else:
            with pytest.raises(Forbidden):
                who.demand("submit")
