"""The client finds the service, and shows a key only to whom it belongs."""

from pathlib import Path

import pytest

from app.client import Distillery
from app.client.address import Address, find
from core.errors import DistilleryError, Unauthorized, Unreachable
from tests.live_api import LiveApi


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home as `distillery up` leaves it."""
    (tmp_path / "url").write_text("http://127.0.0.1:8000\n")
    (tmp_path / "api-key").write_text("dk_of_this-machine\n")
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("home")
def test_what_up_wrote_down_is_found() -> None:
    assert find() == Address("http://127.0.0.1:8000", "dk_of_this-machine")


@pytest.mark.usefixtures("home")
def test_the_environment_goes_before_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_URL", "https://distillery.example/")
    monkeypatch.setenv("DISTILLERY_KEY", "dk_from_environment")

    assert find() == Address("https://distillery.example", "dk_from_environment")
    assert find("http://localhost:1", "dk_given_here") == Address("http://localhost:1", "dk_given_here")


@pytest.mark.usefixtures("home")
def test_an_empty_environment_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_URL", "")
    monkeypatch.setenv("DISTILLERY_KEY", "")

    assert find() == Address("http://127.0.0.1:8000", "dk_of_this-machine")


@pytest.mark.usefixtures("home")
def test_the_key_of_this_machine_is_not_shown_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_URL", "https://distillery.example")

    assert find().key is None
    assert find("http://localhost:8000").key == "dk_of_this-machine"


def test_no_service_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path))

    with pytest.raises(Unreachable, match="DISTILLERY_URL is not set"):
        Distillery()


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://host", "http://", "http://host:port", "http://[::1", "//x"]
)
def test_an_address_that_is_none_is_said_to_be_none(home: Path, url: str) -> None:
    with pytest.raises(Unreachable, match="is not an address"):
        find(url)


def test_a_key_that_can_not_be_sent_is_refused(home: Path) -> None:
    (home / "api-key").write_text("dk_ключ")

    with pytest.raises(Unauthorized, match="characters"):
        find()


def test_an_environment_that_is_not_valid_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_LEASE_SECONDS", "soon")

    with pytest.raises(DistilleryError, match="DISTILLERY_LEASE_SECONDS=soon"):
        find()


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    api: LiveApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    with Distillery(api.url, api.key) as service:
        assert "methods" in service.catalog()
