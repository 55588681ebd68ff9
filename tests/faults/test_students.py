"""A cancelled job keeps its students, whoever is there to hear the wish."""

import os
import signal

import pytest

from tests.faults.observing import kept
from tests.faults.world import LEASE_SECONDS, World, frozen
from tests.polling import eventually
from tests.stand_in_trainer import STEPS, student_after

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_cancelled_while_it_is_paused(world: World) -> None:
    job_id = with_a_checkpoint(world)
    world.act(job_id, "pause")
    world.until(job_id, "paused")
    step = kept(world, job_id)[0]

    assert world.act(job_id, "cancel").status_code in (200, 202)

    assert world.state(job_id) == "cancelled"
    assert students(world, job_id) == {student_after(step)}
    world.check()


def test_cancelled_while_its_worker_is_dead(world: World) -> None:
    job_id = with_a_checkpoint(world)

    with frozen(world.service.launcher.pid):
        os.killpg(world.pid("-m worker.main"), signal.SIGKILL)
        world.act(job_id, "cancel")
        world.until(job_id, "cancelled", seconds=LEASE_SECONDS + 10)

    assert students(world, job_id) <= {student_after(step) for step in range(1, STEPS)}
    world.check()


def test_a_cancelled_job_that_is_tried_again_ends_with_the_files_of_its_end(world: World) -> None:
    job_id = with_a_checkpoint(world)
    world.act(job_id, "pause")
    world.until(job_id, "paused")
    world.act(job_id, "cancel")

    world.act(job_id, "retry")

    world.check(right=(job_id,))
    names = {row["name"] for row in artifacts(world, job_id)}
    assert names == {"student.safetensors", "report.json"}


def with_a_checkpoint(world: World) -> str:
    job_id = world.running("plain 8")
    eventually(lambda: kept(world, job_id))
    return job_id


def students(world: World, job_id: str) -> set[str]:
    """What can be downloaded, best and last."""
    found = {row["name"]: row for row in artifacts(world, job_id)}
    wanted = [found["student.safetensors"], found["student.last.safetensors"]]
    return {world.service.http.get(f"/v1/jobs/{job_id}/artifacts/{row['name']}").text for row in wanted}


def artifacts(world: World, job_id: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = world.service.http.get(f"/v1/jobs/{job_id}/artifacts").json()["data"]
    return rows
