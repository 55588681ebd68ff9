"""A home that is gone, or can't be written to, is said to be that."""

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.app.visiting import problem, submit, visitor
from tests.live_api import LiveApi, live_api


@pytest.fixture
def own(tmp_path: Path) -> Iterator[LiveApi]:
    """A service whose home may be harmed."""
    with live_api(tmp_path / "home") as running:
        yield running


@pytest.fixture
def http(own: LiveApi) -> Iterator[httpx2.Client]:
    with visitor(own, own.key) as client:
        yield client


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.ERROR, "distillery.api")
    return caplog


def harmed(reply: httpx2.Response, home: Path, trouble: str) -> None:
    """The answer names the folder by its variable, and not by its place."""
    found = problem(reply, 503)
    assert found["code"] == "store_unavailable"
    assert found["detail"] == f"the home folder of the service, $DISTILLERY_HOME, {trouble}"
    assert "its log says where" in found["hint"]
    assert str(home) not in reply.text
    assert int(reply.headers["retry-after"]) >= 1


def test_no_job_is_accepted_into_a_home_that_is_gone(
    own: LiveApi, http: httpx2.Client, log: pytest.LogCaptureFixture
) -> None:
    """Connections that are open would go on in the deleted database."""
    job_id = submit(http)["id"]
    home = own.settings.home
    away = home.rename(home.with_name("away"))

    for path in ("/v1/jobs", f"/v1/jobs/{job_id}", f"/v1/jobs/{job_id}/checkpoint"):
        harmed(http.get(path), home, "is missing")
    harmed(http.post("/v1/jobs", json={}), home, "is missing")
    assert str(home) in log.text
    ready = http.get("/readyz")
    assert ready.status_code == 503
    assert "is missing" in ready.json()["checks"]["database"]["detail"]
    assert not home.exists()  # nobody made an empty one in its place

    away.rename(home)
    assert http.get(f"/v1/jobs/{job_id}").status_code == 200


def test_a_home_without_its_database_is_said_to_be_that(own: LiveApi, http: httpx2.Client) -> None:
    submit(http)
    assert own.settings.database_file is not None
    own.settings.database_file.rename(own.settings.home / "away")

    harmed(http.post("/v1/jobs", json={}), own.settings.home, "has lost its database")


def test_a_home_that_can_not_be_written_to_can_still_be_read(
    own: LiveApi, http: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs the tests may write anywhere, as root does: so the question is answered for them."""
    job_id = submit(http)["id"]
    monkeypatch.setattr("app.home.os.access", lambda path, mode: path != own.settings.home)

    harmed(http.post("/v1/jobs", json={}), own.settings.home, "can't be written to")
    assert http.get(f"/v1/jobs/{job_id}").status_code == 200
