"""Row 28 of the fault matrix: another program holds the write lock of the SQLite file."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest
from sqlalchemy.engine import make_url

from core.store.session import sqlite_module
from tests.faults.conftest import own_world
from tests.faults.world import World
from tests.stand_in_trainer import STEPS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LOCKED_SECONDS = 20.0  # longer than a lease, than the patience of a worker, and than any answer may take
CALLERS = 40


@contextmanager
def locked(world: World) -> Iterator[None]:
    path = make_url(world.url).database
    with closing(sqlite_module().connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def test_28_a_locked_database_refuses_writes_soon_and_is_read_as_ever(
    request: pytest.FixtureRequest, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with own_world("sqlite", request, tmp_path / "home") as world:
        job_ids = [world.running("plain 20"), world.submit()]
        with locked(world), ThreadPoolExecutor(CALLERS) as pool:
            until = time.monotonic() + LOCKED_SECONDS
            writes = [pool.submit(write, world) for _ in range(CALLERS)]
            reads = [read(world)]
            while time.monotonic() < until:
                reads.append(read(world))
            assert all(done.done() for done in writes), "each is refused while the lock is still held"
            slowest = max(done.result() for done in writes)

        record_property("slowest_503_seconds", slowest)
        record_property("slowest_read_seconds", max(reads))
        assert max(reads) < LOCKED_SECONDS / 2, "nobody who reads waits for the lock"
        world.check(right=tuple(job_ids))
        assert [world.attempt(job_id) for job_id in job_ids] == [1, 1]
        assert world.steps(job_ids[0]) == STEPS


def write(world: World) -> float:
    """Ask for a change, in vain; how long the answer took."""
    known, began = world.service.http, time.monotonic()
    with httpx2.Client(base_url=known.base_url, headers=known.headers, timeout=30) as http:
        reply = http.post("/v1/jobs", json={"name": "refused"})
    assert reply.status_code == 503, reply.text
    assert int(reply.headers["retry-after"]) >= 1
    return time.monotonic() - began


def read(world: World) -> float:
    known, began = world.service.http, time.monotonic()
    with httpx2.Client(base_url=known.base_url, headers=known.headers, timeout=30) as http:
        assert http.get("/v1/jobs").status_code == 200
    return time.monotonic() - began
