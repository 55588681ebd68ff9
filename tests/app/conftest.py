"""What tests of the API, the client and the command share: a real service."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from app.client import Distillery
from core.store.tables import Job
from tests.live_api import LiveApi, live_api


@pytest.fixture(scope="session")
def running_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApi]:
    """One service for all tests: starting one takes longer than most of them."""
    with live_api(tmp_path_factory.mktemp("service") / "home") as running:
        yield running


@pytest.fixture
def api(running_api: LiveApi) -> LiveApi:
    """A service without any job."""
    with running_api.database.writing() as session:
        session.execute(delete(Job))
    return running_api


@pytest.fixture
def service(api: LiveApi) -> Iterator[Distillery]:
    """The client, connected to it."""
    with Distillery(api.url, api.key) as connected:
        yield connected
