"""The whole service, on SQLite and on PostgreSQL, with short leases and a stand-in for the trainer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ENGINES
from tests.databases import PostgreSQL
from tests.faults.world import ENVIRONMENT, World, world_of
from tests.local_service import local_service


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """For tests that start a service of their own."""
    return str(request.param)


@pytest.fixture(scope="module", params=ENGINES)
def running_world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One service for the tests of a module: whatever is done to it, it must come back by itself."""
    with own_world(request.param, request, tmp_path_factory.mktemp("w") / "home") as world:
        yield world


@pytest.fixture
def world(running_world: World) -> World:
    """The service with a clean record of what it accepted."""
    running_world.accepted.clear()
    return running_world


@contextmanager
def own_world(engine: str, request: pytest.FixtureRequest, home: Path, **more: str) -> Iterator[World]:
    """A service for one test, with an environment of its own."""
    with database_url(engine, request, home) as url:
        where = {} if engine == "sqlite" else {"DISTILLERY_DATABASE_URL": url}
        with (
            local_service(home, **(ENVIRONMENT | where | more)) as service,
            world_of(service, url) as world,
        ):
            yield world


@contextmanager
def database_url(engine: str, request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    """A database of the service's own, or the one that is named; the service migrates it itself."""
    if engine not in ENGINES:
        yield engine
        return
    if engine == "sqlite":
        yield f"sqlite:///{home / 'distillery.sqlite'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    with server.database("template1") as url:
        yield url
