"""Rows 24 to 26 of the fault matrix: PostgreSQL is gone, cuts a connection while it commits, or is slow."""

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from core.store import logs
from tests.databases import PostgreSQL
from tests.faults.behind_a_proxy import behind_a_proxy
from tests.faults.world import LEASE_SECONDS, World, after
from tests.polling import eventually
from tests.postgres_proxy import Cut, PostgresProxy
from tests.stand_in_trainer import STEPS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MORE_THAN_THREADS = 50
# It takes some 0.1 s. Who waits does so for 15 s: that is the patience with a server that says nothing.
NOTICED_SECONDS = 10.0

Proxied = tuple[World, PostgresProxy]


@pytest.fixture(scope="module")
def running(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    with behind_a_proxy(postgresql, tmp_path_factory.mktemp("w") / "home") as proxied:
        yield proxied


@pytest.fixture
def world(running: Proxied) -> World:
    running[0].accepted.clear()
    return running[0]


@pytest.fixture
def proxy(running: Proxied) -> PostgresProxy:
    return running[1]


def refused(world: World) -> float:
    """Ask while the database is away; how long the slowest answer took."""
    slowest = 0.0
    for ask in (lambda: world.service.http.get("/v1/jobs"), lambda: submit(world, "refused")):
        began = time.monotonic()
        reply = ask()
        slowest = max(slowest, time.monotonic() - began)
        assert reply.status_code == 503
        assert int(reply.headers["retry-after"]) >= 1
        assert reply.json()["code"] == "store_unavailable"
    return slowest


def submit(world: World, name: str, key: str | None = None) -> httpx2.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return world.service.http.post("/v1/jobs", json={"name": name, "dataset": "digits"}, headers=headers)


def named(world: World, name: str) -> list[str]:
    found = world.service.http.get("/v1/jobs", params={"q": name}).json()["data"]
    return [job["id"] for job in found if job["name"] == name]


@pytest.mark.parametrize("seconds", [3, 9], ids=["ends meanwhile", "goes on"])
def test_24_a_database_that_is_gone_costs_no_step_and_no_line(
    world: World, proxy: PostgresProxy, seconds: int, record_property: Callable[[str, object], None]
) -> None:
    job_id = world.running(f"plain {seconds}")

    with proxy.away():
        slowest = refused(world)
        after(2.5 * LEASE_SECONDS)

    record_property("slowest_503_seconds", slowest)
    assert slowest < NOTICED_SECONDS, "nobody waits until the database is back, or a network is given up"
    world.check(right=(job_id,))
    assert world.attempt(job_id) == 1
    assert world.steps(job_id) == STEPS
    with world.database.reading() as session:
        lines = [line.text for line in logs.tail(session, job_id, 100)]
    assert lines == [f"step {step}" for step in range(1, STEPS + 1)]
    assert not named(world, "refused")


def test_24_jobs_are_accepted_at_once_when_it_is_back(world: World, proxy: PostgresProxy) -> None:
    with proxy.away():
        refused(world)

    job_id = world.submit()

    world.check(right=(job_id,))


def test_24_a_frozen_database_holds_no_caller_for_ever(
    world: World, proxy: PostgresProxy, record_property: Callable[[str, object], None]
) -> None:
    job_id = world.running("plain 20")

    began = time.monotonic()
    with proxy.slow(math.inf), ThreadPoolExecutor(MORE_THAN_THREADS) as pool:
        statuses = set(pool.map(lambda _: read(world), range(MORE_THAN_THREADS)))

    record_property("seconds", time.monotonic() - began)
    assert statuses == {503}
    world.check(right=(job_id,))
    assert world.attempt(job_id) == 1


def read(world: World) -> int:
    known = world.service.http
    with httpx2.Client(base_url=known.base_url, headers=known.headers, timeout=80) as http:
        return http.get("/v1/jobs").status_code


@pytest.mark.parametrize("passed_on", [False, True], ids=["before", "after"])
def test_25_a_submit_whose_commit_was_cut_can_be_sent_again(
    world: World, proxy: PostgresProxy, passed_on: bool
) -> None:
    name = f"cut-{passed_on}-1"
    proxy.cut = Cut(name.encode(), passed_on)

    first, again = submit(world, name, key=name), submit(world, name, key=name)

    assert (first.status_code, again.status_code) == (503, 201)
    assert ("idempotency-replayed" in again.headers) == passed_on
    job_id = again.json()["id"]
    assert named(world, name) == [job_id]
    world.accepted.append(job_id)
    world.check(right=(job_id,))


# What an attempt writes, and how to tell it: a word that it holds, and one that it does not.
WRITES: dict[str, tuple[bytes, bytes | None]] = {
    "claim": (b'"state": "running"', None),
    "course": (b"train/loss", None),
    "checkpoint": (b"training", b"teacher"),
    "end": (b"student.safetensors", None),
}


@pytest.mark.parametrize("passed_on", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("write", WRITES)
def test_25_a_write_of_the_worker_whose_commit_was_cut_is_done_once(
    world: World, proxy: PostgresProxy, write: str, passed_on: bool
) -> None:
    said, unsaid = WRITES[write]
    proxy.cut = Cut(said, passed_on, unsaid)

    job_id = world.submit()

    world.until(job_id, "succeeded")
    assert proxy.cut is None, "the cut took place"
    world.check(right=(job_id,))
    assert world.steps(job_id) == STEPS
    # A claim that its worker never heard of is a worker that fell silent.
    assert world.attempt(job_id) == (2 if (write, passed_on) == ("claim", True) else 1)


def test_26_a_slow_database_costs_nobody_the_lease(
    postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("w") / "home"
    with behind_a_proxy(postgresql, home, DISTILLERY_LEASE_SECONDS="20") as (world, proxy):
        job_id = world.submit("plain 10")
        eventually(lambda: world.steps(job_id) > 0, 40)

        with proxy.slow(1.0):  # some 170 statements, one after the other: many leases long
            world.until(job_id, "succeeded", seconds=240)

        world.check(right=(job_id,))
        assert world.attempt(job_id) == 1
