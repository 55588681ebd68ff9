"""Rows 42 and 49 to 51 of the fault matrix: wishes that race, wishes without a worker, bad ends."""

import os
import signal

import pytest

from tests.faults.observing import resumed
from tests.faults.world import LEASE_SECONDS, World, after, frozen
from tests.polling import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_42_a_job_that_diverges_fails_once_and_can_be_listed(world: World) -> None:
    job_id = world.submit("diverge")

    world.check()

    assert (world.state(job_id), world.attempt(job_id)) == ("failed", 1)
    assert world.service.job(job_id)["error"]["code"] == "diverged"


@pytest.mark.parametrize("moment", ["queued", "running", "finishing"])
def test_49_a_cancel_at_any_moment_has_one_end(world: World, moment: str) -> None:
    job_id = world.submit()
    if moment != "queued":
        eventually(lambda: world.steps(job_id) > (1 if moment == "running" else 17), 40)

    reply = world.act(job_id, "cancel")

    world.check()
    assert reply.status_code in (202, 409)
    assert world.state(job_id) == ("cancelled" if reply.status_code == 202 else "succeeded")


def test_50_a_cancel_while_the_worker_is_dead_is_obeyed_by_whoever_takes_the_job_back(world: World) -> None:
    job_id = world.running("plain 8")

    with frozen(world.service.launcher.pid):
        os.killpg(world.pid("-m worker.main"), signal.SIGKILL)
        reply = world.act(job_id, "cancel")
        world.until(job_id, "cancelled", seconds=LEASE_SECONDS + 10)

    assert reply.status_code == 202
    world.check()


def test_51_a_poison_job_stops_at_its_limit_and_the_next_one_runs(world: World) -> None:
    poison, after_it = world.submit("crash"), world.submit()

    world.check(right=(after_it,))

    assert (world.state(poison), world.attempt(poison)) == ("failed", 3)
    assert world.service.job(poison)["error"]["code"] == "trainer_died"


def test_a_paused_job_gives_its_worker_free_and_goes_on_as_if_nothing_had_been(world: World) -> None:
    job_id = world.running("plain 5")

    paused = world.act(job_id, "pause")
    world.until(job_id, "paused")
    other = world.submit()
    world.until(other, "succeeded")
    again = world.act(job_id, "resume")

    assert (paused.status_code, again.status_code) == (202, 202)
    world.check(right=(job_id, other))
    last, began = resumed(world, job_id)
    assert began == last > 0


def test_a_pause_while_the_worker_is_dead_holds_when_the_job_is_taken_back(world: World) -> None:
    job_id = world.running("plain 8")

    with frozen(world.service.launcher.pid):
        os.killpg(world.pid("-m worker.main"), signal.SIGKILL)
        world.act(job_id, "pause")
        world.until(job_id, "paused", seconds=LEASE_SECONDS + 10)

    world.act(job_id, "resume")
    world.check(right=(job_id,))


def test_a_stopped_job_succeeds_with_what_it_has(world: World) -> None:
    job_id = world.running("plain 20")

    first, again = world.act(job_id, "stop"), world.act(job_id, "stop")

    world.until(job_id, "succeeded")
    assert (first.status_code, again.status_code) == (202, 200)
    world.check()


def test_a_cancelled_job_keeps_its_student_and_can_be_retried(world: World) -> None:
    job_id = world.running("plain 5")
    world.act(job_id, "cancel")
    world.until(job_id, "cancelled")
    student = world.service.http.get(f"/v1/jobs/{job_id}/checkpoint")

    retried = world.act(job_id, "retry")

    assert student.status_code == 200
    assert retried.status_code == 202
    world.check(right=(job_id,))


def test_wishes_are_taken_while_the_broker_is_down(world: World) -> None:
    job_id = world.running("plain 8")

    with frozen(world.service.launcher.pid):
        world.kill("unixsocket")
        reply = world.act(job_id, "cancel")
        world.until(job_id, "cancelled", seconds=20)

    assert reply.status_code == 202
    after(1)
    world.check()
