"""Rows 39, 43 and 46 of the fault matrix: no memory on the device, none in the host, no more open files."""

import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.faults.conftest import own_world
from tests.faults.world import World, after, frozen
from tests.polling import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CALLERS = 24


def test_39_a_job_too_large_for_its_device_fails_at_once_and_says_so(world: World) -> None:
    too_large, after_it = world.submit("too large"), world.submit()

    world.check(right=(after_it,))

    assert (world.state(too_large), world.attempt(too_large)) == ("failed", 1)
    error = world.service.job(too_large)["error"]
    assert error["code"] == "out_of_memory"
    assert "batch_size" in error["hint"]


def test_43_a_trainer_that_the_system_kills_each_time_fails_and_says_why_that_may_be(world: World) -> None:
    """As the kernel does when memory runs out: SIGKILL, without a word."""
    job_id = world.running("plain 20")
    for attempt in (1, 2, 3):
        eventually(lambda attempt=attempt: world.attempt(job_id) == attempt, 60)
        world.kill("stand_in_trainer")
        eventually(lambda: world.state(job_id) != "running", 20)

    world.check()

    error = world.service.job(job_id)["error"]
    assert (world.state(job_id), error["code"]) == ("failed", "trainer_died")
    assert "signal 9" in error["detail"]
    assert "memory" in error["hint"]


def test_43_a_trainer_that_gets_no_more_memory_fails_at_once_and_says_so(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The real one, with a batch that does not fit into its address space."""
    real = {"DISTILLERY_TRAINER": "tests.confined_trainer", "DISTILLERY_STALL_SECONDS": "120"}
    with own_world("sqlite", request, tmp_path / "home", **real) as world:
        teacher = {"architecture": "resnet18", "source": {"kind": "train", "epochs": 1}}
        job_id = world.submit("large", teacher=teacher, optimization={"epochs": 1, "batch_size": 512})

        world.check()

        assert (world.state(job_id), world.attempt(job_id)) == ("failed", 1)
        assert world.service.job(job_id)["error"]["code"] == "out_of_memory"


@contextmanager
def no_more_files(pid: int) -> Iterator[None]:
    """What the process has open it keeps; it can open nothing more, not even in place of what it closes."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def test_46_an_api_without_files_to_open_refuses_and_recovers(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A service that nobody asked much yet: its API has few connections to its database open."""
    with own_world(engine, request, tmp_path / "home") as world:
        api = world.pid("-m app.serve")
        job_id = world.running("plain 6")

        with acquainted(world, CALLERS) as callers, no_more_files(api):
            ready = callers[0].get("/readyz")
            refused = eventually(lambda: refusal(callers, api))
            with acquaintance(world) as stranger, pytest.raises(httpx2.TransportError):
                stranger.get("/v1/jobs")

        assert ready.status_code == 503
        assert not ready.json()["checks"]["files"]["ok"]
        assert refused.json()["code"] == "store_unavailable"
        assert int(refused.headers["retry-after"]) >= 1
        other = eventually(lambda: submitted(world), 30)
        assert world.pid("-m app.serve") == api
        world.check(right=(job_id, other))


def refusal(callers: list[httpx2.Client], api: int) -> httpx2.Response | None:
    """Of one of many who read at once: not all find a connection to the database that is open already.

    Those who write would take turns, on one connection.
    """
    with ThreadPoolExecutor(len(callers)) as pool:
        with frozen(api):
            asked = [pool.submit(caller.get, "/v1/jobs", timeout=20) for caller in callers]
            after(0.5)  # a slow machine sends one after the other: awake, the API would answer each alone
        replies = [each.result() for each in asked]
    assert {reply.status_code for reply in replies} <= {200, 503}
    return next((reply for reply in replies if reply.status_code == 503), None)


def acquaintance(world: World) -> httpx2.Client:
    known = world.service.http
    return httpx2.Client(base_url=known.base_url, headers=known.headers, timeout=3)


@contextmanager
def acquainted(world: World, count: int) -> Iterator[list[httpx2.Client]]:
    """Callers whose connections are open already."""
    with ExitStack() as open_ones:
        callers = [open_ones.enter_context(acquaintance(world)) for _ in range(count)]
        for caller in callers:
            caller.get("/healthz")
        yield callers


def submitted(world: World) -> str | None:
    try:
        return world.submit()
    except httpx2.TransportError:
        return None
