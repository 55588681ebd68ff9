"""A service whose PostgreSQL is reached through a proxy; the test itself asks the server directly."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import PostgreSQL
from tests.faults.world import ENVIRONMENT, World, world_of
from tests.local_service import local_service
from tests.postgres_proxy import PostgresProxy


@contextmanager
def behind_a_proxy(server: PostgreSQL, home: Path, **more: str) -> Iterator[tuple[World, PostgresProxy]]:
    """On a database of its own."""
    with server.database("template1") as url, PostgresProxy(url) as proxy:
        where = ENVIRONMENT | {"DISTILLERY_DATABASE_URL": proxy.url} | more
        with local_service(home, **where) as service, world_of(service, url) as world:
            yield world, proxy
