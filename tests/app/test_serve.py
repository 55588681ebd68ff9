"""Before it serves: tables of this version, and a key where others can reach it."""

from pathlib import Path

import pytest

from app.local.prepare import prepare
from app.serve import check, is_loopback
from core.errors import DistilleryError, StoreUnavailable
from core.settings import Settings
from core.store import keys, migrate
from core.store.session import Database


def migrated(home: Path) -> Settings:
    """A home with tables and no key."""
    settings = Settings(home=home)
    database = Database(settings.database)
    migrate.upgrade(database)
    database.close()
    return settings


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.0.0.53", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("192.168.0.7", False),
        ("::ffff:8.8.8.8", False),
        ("localhost.example.org", False),
    ],
)
def test_only_this_machine_reaches_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) == loopback


def test_without_a_key_nobody_else_is_served(tmp_path: Path) -> None:
    settings = migrated(tmp_path)

    check(settings, "127.0.0.1")
    with pytest.raises(DistilleryError, match="refusing to listen"):
        check(settings, "0.0.0.0")


def test_with_a_key_everyone_is_served(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    prepare(settings)

    check(settings, "0.0.0.0")


def test_tables_of_another_version_are_not_served(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)

    with pytest.raises(DistilleryError, match="another version") as refused:
        check(settings, "127.0.0.1")

    assert "core.store.migrate" in str(refused.value.advice)


def test_a_database_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        check(Settings(home=tmp_path / "nowhere"), "127.0.0.1")


def test_a_home_is_prepared_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")

    prepare(settings)
    first = settings.api_key_file.read_text()
    prepare(settings)

    assert settings.api_key_file.read_text() == first
    assert settings.api_key_file.stat().st_mode & 0o777 == 0o600
    assert settings.home.stat().st_mode & 0o777 == 0o700
    database = Database(settings.database)
    with database.reading() as session:
        assert keys.verify(session, first.strip()).scopes == list(keys.SCOPES)
        assert keys.count(session) == 1
    database.close()


def test_a_home_with_a_new_database_gets_a_new_key(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    prepare(settings)
    first = settings.api_key_file.read_text()
    for part in tmp_path.glob("distillery.sqlite*"):
        part.unlink()

    prepare(settings)

    assert settings.api_key_file.read_text() != first
    assert settings.api_key_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "dk_garbage", "dk_000000000000_x\n", "\0", "é"])
def test_a_damaged_key_file_is_replaced(tmp_path: Path, content: str) -> None:
    settings = Settings(home=tmp_path)
    prepare(settings)
    settings.api_key_file.write_text(content)

    prepare(settings)

    database = Database(settings.database)
    with database.reading() as session:
        assert keys.verify(session, settings.api_key_file.read_text().strip()).owner == "local"
    database.close()
