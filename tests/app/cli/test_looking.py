"""distillery ls, show, logs, watch: what there is and how it goes."""

import json
from collections.abc import Callable

from app.client import Distillery, Job
from tests.app.cli.conftest import Command
from tests.app.worker_by_hand import WorkerByHand

Work = Callable[[], WorkerByHand]


def test_a_list_shows_the_newest_first(command: Command, service: Distillery, trained: Job) -> None:
    waiting = service.jobs.create(name="next [bold]one")

    header, first, second = command("ls").out.splitlines()

    assert header.split() == ["JOB", "NAME", "STATE", "PROGRESS", "TEACHER", "STUDENT", "CREATED"]
    assert first.startswith(f"{waiting.id}  next [bold]one  queued")
    assert second.startswith(f"{trained.id}  digits")
    assert "98.0 %   97.0 %" in second


def test_a_list_is_cut(command: Command, service: Distillery) -> None:
    for name in ("one", "two", "three"):
        service.jobs.create(name=name)
    service.jobs.create(name="two more").cancel()

    def names(*options: str) -> list[str]:
        return [row["name"] for row in json.loads(command("ls", "-o", "json", *options).out)]

    assert names("--limit", "2") == ["two more", "three"]
    assert names("--state", "cancelled") == ["two more"]
    assert names("-q", "two") == ["two more", "two"]


def test_an_empty_list_says_so_beside_the_result(command: Command) -> None:
    ended = command("ls")

    assert (ended.code, ended.out, ended.err) == (0, "", "no jobs\n")
    assert command("ls", "-o", "json").out == "[]\n"


def test_a_list_shows_how_far_a_job_is(command: Command, service: Distillery, work: Work) -> None:
    service.jobs.create(name="mine")
    work().progress(3, 4)

    assert "running  distil 75 %" in command("ls").out


def test_a_waiting_job_says_what_it_waits_for(command: Command, service: Distillery) -> None:
    service.jobs.create()

    assert "queued: no worker is alive, position 1" in command("show").out


def test_a_running_job_says_how_far_it_is(command: Command, service: Distillery, work: Work) -> None:
    service.jobs.create()
    work().progress(3, 4)

    shown = command("show").out

    assert "running, distil, 75 %, 42 s left" in shown
    assert "runs for" in shown
    assert "you can   pause, stop, cancel" in shown


def test_a_job_shows_whence_its_weights_come(command: Command, service: Distillery, work: Work) -> None:
    service.jobs.create(teacher="resnet18", student={"source": "pretrained"})
    waiting = command("show").out
    work().reuses("model_1", "job_1")

    shown = command("show").out

    assert "teacher  resnet18 " in waiting
    assert "resnet18, reused: model_1 of job_1" in shown
    assert "mobilenet_v2, from torchvision's weights" in shown


def test_a_finished_job_shows_its_result_and_files(command: Command, trained: Job) -> None:
    shown = command("show", trained.id).out

    assert "result   teacher 98.0 %, student 97.0 %; 5.0× smaller, 2.0× faster" in shown
    assert "file     student.safetensors  7 B" in shown


def test_a_failed_job_shows_why(command: Command, service: Distillery, work: Work) -> None:
    service.jobs.create()
    work().fail()

    ended = command("show")

    assert ended.code == 0
    assert "error: diverged in phase distil, attempt 1: the loss is nan" in ended.err


def test_the_log_is_printed(command: Command, trained: Job) -> None:
    assert command("logs", trained.id).out == "loading\ntraining\na loss of 0\n"
    assert command("logs", "--tail", "1").out == "a loss of 0\n"
    assert command("logs", "--level", "warning").out == "a loss of 0\n"
    assert json.loads(command("logs", "-o", "json").out)[0]["text"] == "loading"


def test_a_log_does_not_steer_the_terminal(command: Command, service: Distillery, work: Work) -> None:
    service.jobs.create()
    work().say("\x1b[31mred\x07", "[bold]" + "long " * 100)

    red, long = command("logs").out.splitlines()

    assert red == "\ufffd[31mred\ufffd"
    assert long == "[bold]" + "long " * 100


def test_watching_tells_the_story_of_a_finished_job(command: Command, trained: Job) -> None:
    ended = command("watch")

    assert ended.code == 0
    assert f"{trained.id} succeeded" in ended.out
    assert ended.err.splitlines()[:3] == ["queued", "running", "succeeded"]


def test_an_attempt_after_a_failure_says_why_there_is_one(
    command: Command, service: Distillery, work: Work
) -> None:
    service.jobs.create()
    work().lose()
    work().succeed()

    said = command("watch").err.splitlines()

    assert said[:4] == [
        "queued",
        "running",
        "queued again after worker_lost: it vanished",
        "running, attempt 2",
    ]


def test_watching_tells_of_wishes_and_how_to_go_on(command: Command, service: Distillery, work: Work) -> None:
    job = service.jobs.create()
    worker = work()
    job.pause().resume().pause()
    worker.suspend()
    job.resume()
    worker = work()
    worker.suspend()
    work().fail()
    job.retry()
    work().succeed()

    said = command("watch").err.splitlines()

    assert said[:-1] == [
        "queued",
        "running",
        "asked to pause",
        "asked to go on after all",
        "asked to pause",
        f"paused: let it go on with `distillery resume {job.id}`",
        "resumed: queued again",
        "running, attempt 2",
        "queued again: its worker gave it back",
        "running, attempt 3",
        "failed",
        "retried: queued again",
        "running, attempt 4",
        "succeeded",
    ]


def test_watching_goes_on_while_the_job_is_paused(command: Command, service: Distillery) -> None:
    service.jobs.create().pause()

    ended = command("watch", "--timeout", "0.3")

    assert ended.code == 8
    assert "distillery resume job_" in ended.err


def test_a_cancelled_job_says_how_to_take_it_up_again(command: Command, service: Distillery) -> None:
    job = service.jobs.create().cancel()

    ended = command("watch")

    assert ended.code == 5
    assert f"distillery retry {job.id}" in ended.err
