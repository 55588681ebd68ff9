"""Rows 29, 31, 33 and 34 of the fault matrix: disks that are full, checkpoints that rot."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.store import checkpoints
from tests import mounts
from tests.conftest import ENGINES
from tests.faults import on_a_small_disk
from tests.faults.conftest import database_url
from tests.faults.observing import kept, resumed, told
from tests.faults.world import World
from tests.polling import eventually
from tests.postgres_proxy import PostgresProxy
from tests.stand_in_trainer import STEPS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ON_A_SMALL_DISK = Path(on_a_small_disk.__file__)
# Row 29 is about the disk of SQLite itself; a PostgreSQL server is started out here, with a disk of its own.
ON_SMALL_DISKS = [
    (name, engine)
    for name in vars(on_a_small_disk)
    if name.startswith("test_")
    for engine in (ENGINES if name.startswith("test_31") else ("sqlite",))
]
# Longer than a test inside may take, and shorter than the one out here.
INNER_SECONDS = 270


@pytest.mark.skipif(not mounts.can_mount(), reason=mounts.NOT_SHOWN)
@pytest.mark.parametrize(("test", "engine"), ON_SMALL_DISKS)
def test_on_a_small_disk(test: str, engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Those tests run beside this process, in a mount namespace: only there the small disk can be seen."""
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{ON_A_SMALL_DISK}::{test}"]

    with ExitStack() as stack:
        database = engine
        if engine == "postgresql":
            url = stack.enter_context(database_url(engine, request, tmp_path))
            # The folder of its socket is closed to whoever is root in a namespace only.
            database = stack.enter_context(PostgresProxy(url)).url
        done = subprocess.run(
            mounts.on_a_small_disk(tmp_path, "16m", tests),
            env=os.environ | {"SMALL_DISK": str(tmp_path), "DATABASE_BESIDE_IT": database},
            capture_output=True, text=True, check=False, timeout=INNER_SECONDS,
        )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES = [truncate, flip_a_bit, Path.unlink]


def paused_with_checkpoints(world: World) -> str:
    job_id = world.running("plain 8")
    eventually(lambda: len(kept(world, job_id)) > 1)
    world.act(job_id, "pause")
    world.until(job_id, "paused")
    return job_id


def damage(world: World, job_id: str, how: Callable[[Path], None], *, newest_only: bool) -> None:
    with world.database.reading() as session:
        found = checkpoints.newest(session, job_id, "training")
    for checkpoint in found[:1] if newest_only else found:
        how(world.files.path(checkpoint.digest))


@pytest.mark.parametrize("how", DAMAGES)
def test_33_a_damaged_checkpoint_is_told_of_and_the_one_before_is_taken(
    world: World, how: Callable[[Path], None]
) -> None:
    job_id = paused_with_checkpoints(world)
    newest, before = kept(world, job_id)[:2]
    damage(world, job_id, how, newest_only=True)

    world.act(job_id, "resume")

    world.check(right=(job_id,))
    assert [event["sequence"] for event in told(world, job_id, "checkpoint_damaged")] == [newest]
    assert resumed(world, job_id)[1] == before < newest


def test_34_without_a_sound_checkpoint_the_job_fails_and_does_not_start_anew(world: World) -> None:
    job_id = paused_with_checkpoints(world)
    steps = world.steps(job_id)
    damage(world, job_id, flip_a_bit, newest_only=False)

    world.act(job_id, "resume")

    world.check()
    assert (world.state(job_id), world.attempt(job_id)) == ("failed", 2)
    error = world.service.job(job_id)["error"]
    assert error["code"] == "checkpoint_unreadable"
    assert error["hint"]
    assert world.steps(job_id) == steps < STEPS
