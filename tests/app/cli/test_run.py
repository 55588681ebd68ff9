"""distillery run: submit, and follow to the end."""

import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.client import Distillery
from core.store import jobs
from tests.app.cli.conftest import Command
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi
from tests.polling import eventually

Work = Callable[[], WorkerByHand]


Soon = Callable[[Callable[[WorkerByHand], None]], None]


@pytest.fixture
def soon(api: LiveApi, work: Work) -> Iterator[Soon]:
    """A worker does something with the job that is about to be queued."""
    threads: list[threading.Thread] = []

    def start(what: Callable[[WorkerByHand], None]) -> None:
        thread = threading.Thread(target=lambda: eventually(lambda: queued(api)) and what(work()))
        threads.append(thread)
        thread.start()

    yield start
    for thread in threads:
        thread.join()


def queued(api: LiveApi) -> int:
    with api.database.reading() as session:
        return jobs.queued(session)


def train(worker: WorkerByHand) -> None:
    worker.phase("teacher")
    worker.metrics(1, teacher_accuracy=0.98)
    worker.phase("distil")
    worker.progress(1, 2)
    worker.metrics(1, train_loss=0.5, validation_accuracy=0.9)
    worker.progress(2, 2)
    worker.metrics(2, train_loss=0.25, validation_accuracy=0.97)
    worker.metrics(2, test_accuracy=0.96)
    worker.succeed()


def test_a_piped_run_says_one_line_an_epoch_and_prints_the_result(command: Command, soon: Soon) -> None:
    soon(train)

    ended = command("run", "--set", "dataset=digits")

    assert ended.code == 0
    job, result = ended.out.splitlines()
    assert job.split()[1] == "succeeded"
    assert result == "teacher 98.0 %, student 97.0 %; 5.0× smaller, 2.0× faster"
    said = [line.strip() for line in ended.err.splitlines()]
    assert said[0].startswith("queued as job_")
    assert said[1:4] == ["queued", "running", "teacher"]
    assert said[4] == "epoch 1        accuracy 98.0 %"
    assert said[5] == "distil"
    assert said[7] == "epoch 2/2      1,234 images/s   loss 0.2500   accuracy 97.0 % (teacher 98.0 %)"
    assert said[8] == "succeeded"
    assert "distillery pull job_" in said[9]


def test_a_job_on_a_table_counts_rows(command: Command, soon: Soon) -> None:
    soon(train)

    ended = command(
        "run", "--set", "task=tabular-classification", "--set", "dataset=iris", "--set", "teacher=mlp",
        "--set", "student=linear",
    )  # fmt: skip

    assert "1,234 rows/s" in ended.err
    assert "images" not in ended.err


def test_a_failed_job_says_why_and_what_to_do(command: Command, soon: Soon) -> None:
    soon(WorkerByHand.fail)

    ended = command("run", "--set", "dataset=digits")

    assert ended.code == 3
    assert "failed" in ended.out
    assert "error: diverged in phase distil, attempt 1: the loss is nan" in ended.err
    assert "Go slower." in ended.err
    assert "distillery logs job_" in ended.err


def test_a_cancelled_job_ends_a_run(command: Command, soon: Soon) -> None:
    soon(WorkerByHand.end_cancelled)

    ended = command("run", "--set", "dataset=digits", "-o", "json")

    assert ended.code == 5
    assert json.loads(ended.out)["state"] == "cancelled"


def test_a_detached_run_prints_the_id_and_nothing_else(command: Command, service: Distillery) -> None:
    ended = command("run", "--detach", "--name", "later", "--set", "dataset=digits")

    assert ended.code == 0
    assert service.jobs.get(ended.out.strip()).name == "later"
    assert ended.err == ""


def test_a_detached_run_prints_the_job_as_json(command: Command) -> None:
    ended = command("run", "--detach", "-o", "json")

    assert json.loads(ended.out)["state"] == "queued"


def test_a_file_is_changed_by_set_and_name(command: Command, service: Distillery, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("name: in the file\ndataset: digits\nregularizers: [{kind: l2, strength: 1e-4}]\n")

    ended = command(
        "run", str(spec), "--name", "mine", "-d", "--set", "regularizers[0].strength=0.5", "--set", "seed=7"
    )

    asked = service.jobs.get(ended.out.strip()).info.spec
    assert asked["name"] == "mine"
    assert asked["seed"] == 7
    assert asked["regularizers"][0]["strength"] == 0.5


def test_tags_are_given_instead_of_those_in_the_file(
    command: Command, service: Distillery, tmp_path: Path
) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text('{"tags": ["old"]}')

    ended = command("run", str(spec), "-d", "--tag", "trial", "--tag", "paper")

    assert service.jobs.get(ended.out.strip()).info.tags == ("trial", "paper")
    assert service.jobs.get(command("run", str(spec), "-d").out.strip()).info.tags == ("old",)


def test_a_spec_comes_from_stdin(
    command: Command, service: Distillery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"name": "piped"}')))

    ended = command("run", "-", "--detach")

    assert service.jobs.get(ended.out.strip()).name == "piped"


def test_an_impossible_spec_says_every_place(command: Command, service: Distillery) -> None:
    ended = command("run", "--set", "student=mobilenet_v3", "--set", "optimizer=sgd", "--set", "seed=x")

    assert ended.code == 10
    assert ended.out == ""
    assert "error: the spec is not valid" in ended.err
    assert "/optimizer: no such field; did you mean optimization?" in ended.err
    assert '/seed: Input should be a valid integer (got "x")' in ended.err
    assert "did you mean mobilenet_v2?" in ended.err
    assert list(service.jobs.list()) == []


def test_what_was_probably_not_meant_is_said(command: Command) -> None:
    ended = command("run", "--set", "student=resnet18", "--detach")

    assert ended.code == 0
    assert ended.err.startswith("warning: /student/architecture: the student is as large as the teacher")


def test_a_run_stops_waiting_after_the_time_that_was_given(command: Command, service: Distillery) -> None:
    ended = command("run", "--timeout", "0.3")

    assert ended.code == 8
    assert [row.state for row in service.jobs.list()] == ["queued"]


@pytest.mark.parametrize(
    "arguments", [["missing.json"], ["--set", "epochs"], ["--set", "seed.x=1", "--set", "seed=1", "--wat"]]
)
def test_a_run_that_is_asked_for_wrongly(command: Command, arguments: list[str]) -> None:
    ended = command("run", *arguments)

    assert ended.code == 2
    assert "Error: " in ended.err
