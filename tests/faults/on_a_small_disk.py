"""What happens on a small disk, run by test_disks.py, one test at a time, inside a namespace of its own.

Its folder is named by SMALL_DISK. The disk is really full, and emptied again, without root.
DATABASE_BESIDE_IT is `sqlite`, or the URL of a database elsewhere.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from signal import SIGTERM

import pytest

from core.settings import Settings
from tests.faults.conftest import own_world
from tests.faults.observing import complaints, counted, kept, partial, resumed, told
from tests.faults.world import World, after
from tests.polling import eventually

pytestmark = pytest.mark.timeout(200)


class SmallDisk:
    """A folder with little room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def full(self) -> Iterator[None]:
        """Not a byte is free inside."""
        ballast = self.folder / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file:
                for size in (1 << 20, 1 << 12):
                    _write_until_full(file.fileno(), size)
            yield
        finally:
            ballast.unlink()


def _write_until_full(handle: int, size: int) -> None:
    try:
        while True:
            os.write(handle, bytes(size))
    except OSError:
        return


@pytest.fixture(scope="module")
def disk() -> SmallDisk:
    return SmallDisk(Path(os.environ["SMALL_DISK"]))


@pytest.fixture(scope="module")
def world(
    disk: SmallDisk, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A service whose files lie on the small disk."""
    home, files = tmp_path_factory.mktemp("w") / "home", disk.folder / "files"
    database = os.environ["DATABASE_BESIDE_IT"]
    with own_world(database, request, home, DISTILLERY_FILES_URL=str(files)) as world:
        settings = Settings(home=home, files_url=str(files))
        yield replace(world, service=replace(world.service, settings=settings))


@pytest.fixture(scope="module")
def stored_there(disk: SmallDisk, request: pytest.FixtureRequest) -> Iterator[World]:
    """A service that lies on the small disk altogether: its database, its files and its logs."""
    with own_world("sqlite", request, disk.folder / "home") as world:
        yield world


def test_29_a_full_disk_of_the_database_is_told_and_nothing_is_lost(
    stored_there: World, disk: SmallDisk
) -> None:
    world = stored_there
    job_id = world.running("plain 6")

    with disk.full():
        statuses = [post(world) for _ in range(10)]
        listed = world.service.http.get("/v1/jobs").status_code
        after(3)
    other = world.submit()

    assert listed == 200
    assert set(statuses) <= {201, 503, 507}
    assert statuses[-1] == 507
    world.check(right=(job_id, other))


def post(world: World) -> int:
    reply = world.service.http.post("/v1/jobs", json={"name": "plain", "dataset": "digits"})
    if reply.status_code == 201:
        world.accepted.append(reply.json()["id"])
    return int(reply.status_code)


def test_31_a_full_disk_costs_checkpoints_and_holds_up_the_result(world: World, disk: SmallDisk) -> None:
    job_id = world.running("plain 4")
    eventually(lambda: kept(world, job_id))

    with disk.full():
        eventually(lambda: told(world, job_id, "waiting"))
        assert partial(world) == []
        assert world.state(job_id) == "running"
        assert kept(world, job_id), "those from before count"

    world.check(right=(job_id,))
    assert [event["code"] for event in told(world, job_id, "waiting")] == ["disk_full"]
    assert "no space is left" in complaints(world, job_id)[0]
    assert world.attempt(job_id) == 1


def test_31_a_trainer_killed_on_a_full_disk_goes_on_from_before(world: World, disk: SmallDisk) -> None:
    job_id = world.running("plain 4")
    eventually(lambda: kept(world, job_id))

    with disk.full():
        eventually(lambda: complaints(world, job_id))
        before = kept(world, job_id)
        world.kill("stand_in_trainer")
        eventually(lambda: world.attempt(job_id) == 2, 90)
        assert kept(world, job_id) == before
        after(1)

    world.check(right=(job_id,))
    assert resumed(world, job_id)[1] == before[0]


def test_31_a_cancel_does_not_wait_for_space(world: World, disk: SmallDisk) -> None:
    job_id = world.running()

    with disk.full():
        eventually(lambda: told(world, job_id, "waiting"))
        assert world.act(job_id, "cancel").status_code == 202
        world.until(job_id, "cancelled", seconds=20)

    world.check()


def test_31_a_drain_does_not_wait_for_space(world: World, disk: SmallDisk) -> None:
    job_id = world.running("plain 4")
    eventually(lambda: kept(world, job_id))

    with disk.full():
        eventually(lambda: told(world, job_id, "waiting"))
        before = kept(world, job_id)
        world.kill("-m worker.main", SIGTERM)
        eventually(lambda: world.attempt(job_id) == 2, 90)

    world.check(right=(job_id,))
    assert resumed(world, job_id)[1] == before[0]
    assert counted(world, job_id) == {"failures": 0, "losses": 0, "drains": 1}
