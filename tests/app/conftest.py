"""What tests of the API, the client and the command share: a real service."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from app.client import Distillery
from core.store.library import Chore, Dataset, Model, Pack
from core.store.tables import Job, Once, Worker
from tests.conftest import ENGINES
from tests.databases import PostgreSQL
from tests.live_api import LiveApi, live_api


@pytest.fixture(scope="session")
def running_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApi]:
    """One service for all tests: starting one takes longer than most of them."""
    with live_api(tmp_path_factory.mktemp("service") / "home") as running:
        yield running


@pytest.fixture
def one_api(running_api: LiveApi) -> LiveApi:
    """A service without any job, worker or repeated request, on SQLite."""
    return emptied(running_api)


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """Client and command see no database: one will do."""
    return one_api


@pytest.fixture(scope="session")
def running_on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL
) -> Iterator[LiveApi]:
    """The same service on the other database."""
    home = tmp_path_factory.mktemp("service") / "home"
    with postgresql.database() as url, live_api(home, url) as running:
        yield running


@pytest.fixture(params=ENGINES)
def either_api(request: pytest.FixtureRequest) -> LiveApi:
    """A service without any job, worker or repeated request, on each database."""
    name = "running_api" if request.param == "sqlite" else "running_on_postgresql"
    return emptied(request.getfixturevalue(name))


def emptied(running: LiveApi) -> LiveApi:
    with running.database.writing() as session:
        for table in (Job, Worker, Once, Dataset, Model, Chore, Pack):
            session.execute(delete(table))
    return running


@pytest.fixture
def service(api: LiveApi) -> Iterator[Distillery]:
    """The client, connected to it."""
    with Distillery(api.url, api.key) as connected:
        yield connected
