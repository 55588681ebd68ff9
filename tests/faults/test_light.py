"""An upload is packed once it was accepted, whatever happens to those who pack it."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.faults.world import World
from tests.local_service import commands
from tests.polling import eventually
from tests.worker.packing.archives import a_set, zipped

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LIGHT, PACKER = "-m worker.light", "-m worker.packing"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large enough that its packing can be disturbed."""
    return zipped(tmp_path_factory.mktemp("set") / "pets.zip", a_set("train/", "test/", images=1500))


def upload(world: World, archive: Path) -> str:
    with archive.open("rb") as content:
        reply = world.service.http.post("/v1/datasets", files={"file": ("pets.zip", content)})
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def read(world: World, dataset_id: str) -> dict[str, Any]:
    found: dict[str, Any] = world.service.http.get(f"/v1/datasets/{dataset_id}").json()
    return found


def is_packed(world: World, dataset_id: str) -> None:
    """It becomes ready, with every image, and nobody packs any more."""
    eventually(lambda: read(world, dataset_id)["state"] != "packing", 90)
    found = read(world, dataset_id)
    assert found["state"] == "ready", found["error"]
    assert (found["facts"]["train_images"], found["facts"]["test_images"]) == (3000, 3000)
    eventually(lambda: not packers(world))


def packers(world: World) -> list[int]:
    return [pid for pid, line in commands(world.service.settings.home).items() if PACKER in line]


def test_the_light_worker_is_killed(world: World, archive: Path) -> None:
    dataset_id = upload(world, archive)
    packer = world.pid(PACKER)

    worker = world.kill(LIGHT)

    eventually(lambda: packer not in packers(world), 5)
    is_packed(world, dataset_id)
    assert world.pid(LIGHT) != worker


def test_the_light_worker_is_told_to_end(world: World, archive: Path) -> None:
    dataset_id = upload(world, archive)
    world.pid(PACKER)

    world.kill(LIGHT, signal.SIGTERM)

    is_packed(world, dataset_id)


def test_the_packer_is_killed(world: World, archive: Path) -> None:
    dataset_id = upload(world, archive)

    os.kill(world.pid(PACKER), signal.SIGKILL)

    is_packed(world, dataset_id)


def test_the_broker_loses_the_ring(world: World, archive: Path) -> None:
    world.kill("unixsocket:")

    is_packed(world, upload(world, archive))


def test_the_dispatcher_is_killed_while_it_is_packed(world: World, archive: Path) -> None:
    dataset_id = upload(world, archive)
    world.pid(PACKER)

    world.kill("-m worker.dispatcher")

    is_packed(world, dataset_id)


def test_one_that_is_deleted_while_it_is_packed_is_gone(world: World, archive: Path) -> None:
    dataset_id = upload(world, archive)
    world.pid(PACKER)

    assert world.service.http.delete(f"/v1/datasets/{dataset_id}").status_code == 204

    eventually(lambda: not packers(world), 60)
    assert read(world, dataset_id)["status"] == 404
