"""Rows 8, 14 to 19 and 57 of the fault matrix: the broker dies, freezes, forgets, or is lied to."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import select

from core.store.tables import Leader
from tests.faults.conftest import own_world
from tests.faults.observing import counted
from tests.faults.world import LEASE_SECONDS, World, after, frozen
from tests.local_service import read
from tests.polling import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# Whoever asks the broker something waits for its answer so long at least.
BROKER_SECONDS = 1


@pytest.fixture
def broker(world: World) -> Iterator[redis.Redis]:
    with redis.Redis(unix_socket_path=world.broker_socket()) as connection:
        yield connection


def rings(broker: redis.Redis) -> int:
    """How many there ever were, heard or not."""
    told: dict[str, dict[str, int]] = broker.info("commandstats")
    return told.get("cmdstat_lpush", {"calls": 0})["calls"]


def test_8_a_message_that_died_with_its_worker_is_rung_again(world: World, broker: redis.Redis) -> None:
    worker, before = world.pid("-m worker.main"), rings(broker)
    os.kill(worker, signal.SIGSTOP)

    job_id = world.submit()
    eventually(lambda: rings(broker) > before)
    os.kill(worker, signal.SIGKILL)

    world.check(right=(job_id,))
    assert world.attempt(job_id) == 1


@pytest.mark.parametrize("gap", [0.1, 3.0])
def test_16_a_killed_broker_harms_no_running_job_and_no_new_one(world: World, gap: float) -> None:
    running = world.running("plain 5")

    with frozen(world.service.launcher.pid):
        world.kill("unixsocket")
        after(gap)
        submitted = world.submit()

    world.check(right=(running, submitted))
    assert world.attempt(running) == 1


def test_18_a_broker_that_forgot_everything_is_told_again(world: World, broker: redis.Redis) -> None:
    with frozen(world.supervisor()):
        job_ids = [world.submit() for _ in range(3)]
        eventually(lambda: broker.llen("train") > 0)
        broker.flushall()

    world.check(right=tuple(job_ids))


def test_19_a_frozen_broker_slows_no_request(world: World) -> None:
    with frozen(world.pid("unixsocket")):
        began = time.monotonic()
        job_ids = [world.submit() for _ in range(10)]
        took = time.monotonic() - began
        after(4)

    assert took < 10 * BROKER_SECONDS, "nobody waits for a broker that does not answer"
    world.check(right=tuple(job_ids))


def test_57_garbage_in_the_queue_is_dropped_and_the_worker_lives(world: World, broker: redis.Redis) -> None:
    worker = world.pid("-m worker.main")

    for garbage in (b"garbage", b"{}", json.dumps({"body": "gASVCg==", "headers": {}}).encode()):
        broker.lpush("train", garbage)
    job_id = world.submit()

    world.check(right=(job_id,))
    assert world.pid("-m worker.main") == worker


def leader(world: World) -> str:
    """The name of the one that leads."""
    with world.database.reading() as session:
        return "".join(session.scalars(select(Leader.holder)))


def test_15_of_two_dispatchers_one_leads_and_the_other_takes_over(world: World) -> None:
    """Each takes back what it believes to be lost: the one that led before must not do so again."""
    first, before = world.pid("-m worker.dispatcher"), leader(world)
    job_id = world.running("plain 8")
    with world.another("worker.dispatcher") as second:
        eventually(lambda: "worker.dispatcher" in read(second.pid, "cmdline").decode())
        after(LEASE_SECONDS)
        assert leader(world) == before, "who leads is left alone by whoever comes later"

        with frozen(first):
            world.kill("billiard.spawn")
            world.until(job_id, "queued", "running")
            eventually(lambda: world.attempt(job_id) == 2)
            taken = leader(world)
        after(LEASE_SECONDS)

        assert leader(world) == taken != before, "who slept too long leads no more"
        world.check(right=(job_id,))
    assert counted(world, job_id) == {"failures": 0, "losses": 1, "drains": 0}
    assert world.pid("-m worker.dispatcher") == first


def test_14_a_dispatcher_killed_between_ring_and_return_rings_twice_at_most(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with own_world(engine, request, tmp_path / "home", DISTILLERY_FAULT="dispatcher.rung:1:kill") as world:
        job_id = world.submit()

        world.check(right=(job_id,))
        assert world.attempt(job_id) == 1
        assert (world.service.settings.home / "fault-fired").exists()


def test_17_without_a_broker_jobs_are_accepted_and_run_when_it_comes(world: World) -> None:
    with frozen(world.service.launcher.pid):
        world.kill("unixsocket")
        job_id = world.submit()
        ready = world.service.http.get("/readyz").json()

    assert ready["checks"]["broker"]["ok"] is False
    assert ready["ready"] is True
    world.check(right=(job_id,))
