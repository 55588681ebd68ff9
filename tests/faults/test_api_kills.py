"""Rows 12 and 13 of the fault matrix: the API is killed under load, and between a commit and its answer."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx2
import pytest

from tests.faults.conftest import own_world
from tests.faults.invariants import every_job
from tests.faults.world import World, frozen
from tests.polling import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CLIENTS = 8
KILLS = 3


def persist(http: httpx2.Client, key: str) -> str:
    """Submit as a client should: with a key, again and again until it is answered."""
    for _ in range(200):
        try:
            reply = http.post("/v1/jobs", json={"name": "load"}, headers={"Idempotency-Key": key})
        except httpx2.TransportError:
            time.sleep(0.1)
            continue
        if reply.status_code == 201:
            return str(reply.json()["id"])
        assert reply.status_code == 503, reply.text
        time.sleep(0.1)
    raise AssertionError("the service did not come back")


def load(world: World, accepted: list[str], enough: threading.Event) -> None:
    """One client, which notes what it was told is accepted."""
    known = world.service.http
    with httpx2.Client(base_url=known.base_url, headers=known.headers, timeout=20) as http:
        while not enough.is_set():
            accepted.append(persist(http, uuid.uuid4().hex))


def test_12_of_an_api_killed_under_load_every_accepted_job_is_there_once(world: World) -> None:
    enough, accepted = threading.Event(), list[str]()
    with frozen(world.supervisor()), ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(load, world, accepted, enough) for _ in range(CLIENTS)]
        try:
            for kills in range(1, KILLS + 1):
                eventually(partial(more_than, CLIENTS * kills, accepted), 60)
                world.kill("-m app.serve")
            eventually(partial(more_than, CLIENTS * (KILLS + 1), accepted), 60)
        finally:
            enough.set()
        for client in clients:
            client.result()

        listed = [row["id"] for row in every_job(world.service) if row["name"] == "load"]
        for job_id in accepted:
            assert world.act(job_id, "cancel").status_code == 202
    last = world.submit()

    assert sorted(listed) == sorted(accepted)
    world.accepted += accepted
    world.check(right=(last,))


def more_than(count: int, accepted: list[str]) -> bool:
    return len(accepted) > count


def test_13_an_api_killed_before_its_answer_gives_it_when_asked_again(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with own_world(engine, request, tmp_path / "home", DISTILLERY_FAULT="api.committed:1:kill") as world:
        http, key = world.service.http, {"Idempotency-Key": "once"}
        asked = {"name": "plain", "dataset": "digits"}
        with pytest.raises(httpx2.TransportError):
            http.post("/v1/jobs", json=asked, headers=key)

        job_id = persist_as(http, asked, key)

        assert (world.service.settings.home / "fault-fired").exists()
        assert [row["id"] for row in every_job(world.service)] == [job_id]
        world.accepted.append(job_id)
        world.check(right=(job_id,))


def persist_as(http: httpx2.Client, asked: dict[str, str], headers: dict[str, str]) -> str:
    """The launcher starts the API again, on the same socket: the request waits in its queue."""
    reply = http.post("/v1/jobs", json=asked, headers=headers, timeout=30)
    assert reply.status_code == 201
    assert reply.headers["idempotency-replayed"] == "true"
    return str(reply.json()["id"])
