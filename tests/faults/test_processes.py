"""Rows 1, 3 to 7, 9 to 11, 40, 47 of the fault matrix: processes that die, freeze, or are told to go."""

import os
import signal

import pytest

from tests.faults.observing import counted, resumed
from tests.faults.world import LEASE_SECONDS, World, after, frozen
from tests.polling import eventually
from tests.stand_in_trainer import CHECKPOINT_EVERY, STEPS, student_after

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LOST_ONCE = {"failures": 0, "losses": 1, "drains": 0}


def was_interrupted(world: World, job_id: str) -> bool:
    """Once, by whatever the worker still managed to do."""
    return world.attempt(job_id) == 2 and sum(counted(world, job_id).values()) == 1


def test_1_a_killed_trainer_goes_on_from_its_last_checkpoint(world: World) -> None:
    job_id = world.with_a_checkpoint("plain 6")

    world.kill("stand_in_trainer")

    world.check(right=(job_id,))
    assert counted(world, job_id) == {"failures": 1, "losses": 0, "drains": 0}
    last, began = resumed(world, job_id)
    assert last - CHECKPOINT_EVERY < began <= last


def test_an_attempt_that_starts_anew_is_noticed_though_its_student_is_right(world: World) -> None:
    job_id = world.with_a_checkpoint("forgets 6")

    world.kill("stand_in_trainer")

    with pytest.raises(AssertionError, match="attempt 2 began at step 0, not at"):
        world.check(right=(job_id,))
    assert world.student(job_id) == student_after(STEPS)


def test_3_a_killed_supervisor_takes_its_trainer_along_and_the_job_runs_again(world: World) -> None:
    job_id = world.running("plain 6")
    trainer = world.pid("stand_in_trainer")

    world.kill("billiard.spawn")

    eventually(lambda: not os.path.exists(f"/proc/{trainer}"), 10)
    world.check(right=(job_id,))
    assert world.attempt(job_id) == 2


def test_4_a_killed_worker_is_replaced_and_the_job_runs_again(world: World) -> None:
    job_id = world.running("plain 6")

    world.kill("-m worker.main")

    world.check(right=(job_id,))
    assert counted(world, job_id) == LOST_ONCE


def test_5_a_whole_worker_group_is_killed(world: World) -> None:
    job_id = world.running("plain 6")
    worker = world.pid("-m worker.main")

    os.killpg(worker, signal.SIGKILL)

    world.check(right=(job_id,))
    assert counted(world, job_id) == LOST_ONCE


def test_6_a_supervisor_that_froze_past_its_lease_is_fenced_when_it_wakes(world: World) -> None:
    job_id = world.running("plain 8")

    with frozen(world.supervisor()):
        world.until(job_id, "queued", seconds=20)
        after(1)

    world.check(right=(job_id,))
    assert world.attempt(job_id) == 2


def test_7_a_frozen_trainer_is_killed_and_repeated(world: World) -> None:
    job_id = world.running("plain 6")

    os.kill(world.pid("stand_in_trainer"), signal.SIGSTOP)

    world.check(right=(job_id,))
    assert world.attempt(job_id) == 2


def test_a_trainer_that_hangs_is_killed_and_repeated(world: World) -> None:
    job_id = world.submit("hang once")

    world.check(right=(job_id,))
    assert world.attempt(job_id) == 2


def test_9_a_drained_worker_gives_its_job_back_and_no_step_is_lost(world: World) -> None:
    job_id = world.running("plain 6")

    world.kill("-m worker.main", signal.SIGTERM)

    world.check(right=(job_id,))
    assert counted(world, job_id) == {"failures": 0, "losses": 0, "drains": 1}
    last, began = resumed(world, job_id)
    assert began == last > 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGQUIT])
def test_10_a_second_signal_during_the_drain_does_no_harm(world: World, second: signal.Signals) -> None:
    job_id = world.running("plain 6")

    worker = world.kill("-m worker.main", signal.SIGTERM)
    os.kill(worker, second)

    world.check(right=(job_id,))
    assert was_interrupted(world, job_id)


def test_11_a_signal_to_the_whole_process_group_is_survived(world: World) -> None:
    job_id = world.running("plain 6")

    os.killpg(world.pid("-m worker.main"), signal.SIGTERM)

    world.check(right=(job_id,))
    assert was_interrupted(world, job_id)


def test_40_an_abort_is_repeated_in_a_fresh_process(world: World) -> None:
    job_id = world.submit("crash once")

    world.check(right=(job_id,))
    assert counted(world, job_id)["failures"] == 1


def test_the_wait_before_a_worker_is_given_up_is_its_lease(world: World) -> None:
    job_id = world.running("plain 8")

    with frozen(world.supervisor()):
        after(LEASE_SECONDS / 3)

    world.check(right=(job_id,))
    assert world.attempt(job_id) == 1
