"""distillery pause, resume, stop, cancel, retry."""

import json
from collections.abc import Callable

import pytest

from app.client import Distillery, Job
from tests.app.cli.conftest import Command
from tests.app.worker_by_hand import WorkerByHand

Work = Callable[[], WorkerByHand]
ACTIONS = ("pause", "resume", "stop", "cancel", "retry")


def test_a_job_is_led_through_its_life(command: Command, service: Distillery, work: Work) -> None:
    job_id = service.jobs.create(name="mine").id

    def asked(*actions: str) -> list[str]:
        """What is answered."""
        ended = [command(action, "mine") for action in actions]
        assert [one.code for one in ended] == [0] * len(actions)
        return [one.out.removeprefix(job_id).strip() for one in ended]

    assert asked("pause", "pause", "resume", "resume") == ["paused", "paused", "queued", "queued"]
    worker = work()
    assert asked("pause", "resume", "stop", "stop") == ["pausing", "running", "stopping", "stopping"]
    worker.fail()
    assert asked("retry", "retry", "cancel", "cancel") == ["queued", "queued", "cancelled", "cancelled"]


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_its_own_help(command: Command, action: str) -> None:
    shown = command(action, "--help").out

    assert f"Usage: distillery {action} [OPTIONS] JOB…" in shown
    assert f"distillery {action} @last" in shown


@pytest.mark.parametrize("action", ["resume", "stop"])
def test_what_the_state_does_not_allow_is_7(
    command: Command, service: Distillery, trained: Job, action: str
) -> None:
    ended = command(action, trained.id)

    assert ended.code == 7
    assert f"can't {action} a succeeded job" in ended.err


def test_jobs_are_cancelled(command: Command, service: Distillery, work: Work) -> None:
    running = service.jobs.create(name="running")
    work()
    waiting = service.jobs.create(name="waiting")

    ended = command("cancel", "running", "waiting")

    assert ended.code == 0
    assert ended.out == f"{running.id} cancelling\n{waiting.id} cancelled\n"
    assert json.loads(command("cancel", "waiting", "-o", "json").out)[0]["state"] == "cancelled"


def test_a_typo_cancels_nothing(command: Command, service: Distillery) -> None:
    job = service.jobs.create(name="mine")

    assert command("cancel", "mine", "nime").code == 6
    assert job.refresh().state == "queued"


def test_what_to_cancel_must_be_said(command: Command) -> None:
    assert command("cancel").code == 2


def test_a_finished_job_can_not_be_cancelled(command: Command, trained: Job) -> None:
    ended = command("cancel", trained.id)

    assert ended.code == 7
    assert "can't cancel a succeeded job" in ended.err
    assert "Allowed now: nothing." in ended.err
