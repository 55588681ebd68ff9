"""API keys: shown once, stored as a hash, and refused without a reason."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from core import clock
from core.errors import Unauthorized
from core.store import keys
from core.store.session import Database
from core.store.tables import ApiKey


def a_key(database: Database, *, expires_in: timedelta | None = None) -> str:
    with database.writing() as session:
        expires = clock.now() + expires_in if expires_in is not None else None
        return keys.create(session, "a key", "me", ("read", "submit"), expires)


def verified(database: Database, presented: str) -> ApiKey:
    with database.reading() as session:
        return keys.verify(session, presented)


def change(database: Database, **values: object) -> None:
    with database.writing() as session:
        session.execute(update(ApiKey).values(**values))


def test_a_key_says_whose_it_is_and_what_it_may_do(database: Database) -> None:
    found = verified(database, a_key(database))

    assert (found.owner, found.name, found.scopes) == ("me", "a key", ["read", "submit"])


def test_the_secret_is_stored_nowhere(database: Database) -> None:
    key = a_key(database)
    secret = key.split("_", 2)[2]

    with database.reading() as session:
        (row,) = session.execute(text("SELECT * FROM api_keys")).all()
    assert len(secret) >= 43  # 256 bits
    assert secret not in str(tuple(row))
    assert str(row.id) in key


def test_no_two_keys_are_alike(database: Database) -> None:
    assert len({a_key(database) for _ in range(50)}) == 50
    with database.reading() as session:
        assert keys.count(session) == 50


def test_a_wrong_key_is_refused(database: Database) -> None:
    key = a_key(database)
    public = key.split("_")[1]

    for wrong in (
        "", "dk", "dk_", "dk__", f"dk_{public}", f"dk_{public}_", f"dk_{public}_wrong", key[:-1], key + "x",
        key.replace("dk_", "sk_"), key.upper(), f"dk_nobody_{key.split('_', 2)[2]}", f" {key}", "dk_é_é",
        "dk_a\0b_c",
    ):  # fmt: skip
        with pytest.raises(Unauthorized):
            verified(database, wrong)


def test_the_refusal_does_not_say_why(database: Database) -> None:
    key = a_key(database)
    change(database, revoked_at=clock.now())

    with pytest.raises(Unauthorized) as revoked:
        verified(database, key)
    with pytest.raises(Unauthorized) as unknown:
        verified(database, "dk_nobody_nothing")

    assert str(revoked.value) == str(unknown.value)


@pytest.mark.parametrize(
    ("expires_in", "sound"), [(timedelta(hours=1), True), (timedelta(seconds=-1), False)]
)
def test_a_key_may_end_at_a_time(database: Database, expires_in: timedelta, sound: bool) -> None:
    key = a_key(database, expires_in=expires_in)

    if sound:
        assert verified(database, key).expires_at is not None
    else:
        with pytest.raises(Unauthorized):
            verified(database, key)


def test_the_last_use_is_noted_once_a_minute(database: Database) -> None:
    key = a_key(database)
    found = verified(database, key)
    assert not keys.used_lately(found)

    with database.writing() as session:
        keys.touch(session, found.id)
    assert keys.used_lately(verified(database, key))

    change(database, last_used_at=clock.now() - timedelta(seconds=61))
    assert not keys.used_lately(verified(database, key))
