"""The trainer as the supervisor starts it: a process of its own with two pipes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.worker.engine.builders import a_job

LONG = a_job(optimization={"epochs": 1000})


class Trainer:
    """A started trainer, and our ends of its pipes."""

    def __init__(self, folder: Path, spec, out: Path | None = None) -> None:
        folder.mkdir(exist_ok=True)
        file = folder / "job.json"
        file.write_text(spec if isinstance(spec, str) else spec.model_dump_json())
        events, events_theirs = os.pipe()
        control_theirs, self.control = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "worker.engine", str(file), "--out", str(out or folder / "out"),
             "--events-fd", str(events_theirs), "--control-fd", str(control_theirs)],
            stderr=subprocess.PIPE, text=True, pass_fds=(events_theirs, control_theirs),
        )  # fmt: skip
        os.close(events_theirs)
        os.close(control_theirs)
        self.events = os.fdopen(events)

    def until(self, event, **fields):
        """The first event of this kind with these fields."""
        for line in self.events:
            heard = json.loads(line)
            if heard["event"] == event and fields.items() <= heard.items():
                return heard
        raise AssertionError(f"no {event}: {self.process.stderr.read()}")

    def end(self):
        """Events to the end, the exit code, and what was logged."""
        heard = [json.loads(line) for line in self.events]
        _, log = self.process.communicate(timeout=60)
        return heard, self.process.returncode, log

    def close(self):
        self.process.kill()
        self.process.communicate()
        self.events.close()


@pytest.fixture
def start(tmp_path):
    started = []

    def one(spec, out=None):
        started.append(Trainer(tmp_path / f"{len(started)}", spec, out))
        return started[-1]

    yield one
    for trainer in started:
        trainer.close()


def test_a_whole_run(start):
    trainer = start(a_job(exports=["torch_export"]))  # for which torch loads its compiler

    heard, status, log = trainer.end()

    assert status == 0, log
    phases = [event["phase"] for event in heard if event["event"] == "phase"]
    assert phases == ["load_data", "teacher", "distil", "evaluate", "export", "report"]
    assert heard[-1]["event"] == "result"
    artifacts = [event for event in heard if event["event"] == "artifact"]
    assert len(artifacts) == 9
    for artifact in artifacts:
        assert Path(artifact["path"]).stat().st_size == artifact["bytes"]
    assert not list(Path(artifacts[0]["path"]).parent.glob(".*"))
    assert "Traceback" not in log


def test_a_cancel_ends_it_within_a_step_or_two(start):
    trainer = start(LONG)
    trainer.until("phase", phase="distil")
    asked = time.monotonic()

    os.write(trainer.control, b'{"command": "cancel"}\n')

    heard, status, log = trainer.end()
    assert time.monotonic() - asked < 15  # on a busy machine
    assert status == 5
    assert heard[-1]["event"] == "error"
    assert (heard[-1]["code"], heard[-1]["phase"], heard[-1]["retryable"]) == ("cancelled", "distil", False)
    assert "Traceback" not in log


def test_it_does_not_outlive_its_supervisors_pipe(start):
    trainer = start(LONG)
    trainer.until("phase", phase="teacher")

    os.close(trainer.control)

    assert trainer.process.wait(15) == 1
    assert "supervisor is gone" in trainer.process.stderr.read()


@pytest.mark.parametrize(
    ("spec", "code"),
    [("{", "invalid_spec"), ('{"epochs": 3}', "invalid_spec"), ("{}", "dataset_unavailable")],
)
def test_what_can_be_foreseen_is_coded_and_leaves_no_traceback(start, spec, code):
    heard, status, log = start(spec).end()

    assert status == 1
    assert heard[-1]["code"] == code
    assert heard[-1]["detail"]
    assert "Traceback" not in log


def test_a_defect_leaves_its_traceback_in_the_log(start, tmp_path):
    (tmp_path / "out" / "student.safetensors").mkdir(parents=True)

    heard, status, log = start(a_job(), out=tmp_path / "out").end()

    assert status == 1
    assert (heard[-1]["code"], heard[-1]["detail"][:17]) == ("internal", "IsADirectoryError")
    assert "Traceback" in log


def alone(folder, spec):
    (folder / "job.json").write_text(spec)
    return subprocess.Popen(
        [sys.executable, "-m", "worker.engine", str(folder / "job.json"), "--out", str(folder / "out")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_alone_it_says_on_stderr_what_is_wrong(tmp_path):
    out, said = alone(tmp_path, '{"seed": -1}').communicate(timeout=60)

    assert out == ""
    assert said.startswith("invalid_spec: ")
    assert "/seed" in said
    assert "Traceback" not in said


def test_alone_it_can_be_interrupted(tmp_path):
    process = alone(tmp_path, LONG.model_dump_json())
    while process.stderr.readline() != "teacher\n":
        assert process.poll() is None

    process.send_signal(signal.SIGINT)

    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.endswith("interrupted\n")
    assert "Traceback" not in said


def test_without_an_out_folder_the_usage_is_shown(capsys):
    from worker.engine.__main__ import main

    with pytest.raises(SystemExit) as raised:
        main(["job.json"])

    assert raised.value.code == 2
    assert "--out" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_wrong_usage(tmp_path, capsys):
    from worker.engine.__main__ import main

    (tmp_path / "file").write_text("")

    with pytest.raises(SystemExit) as raised:
        main(["job.json", "--out", str(tmp_path / "file" / "out")])

    assert raised.value.code == 2
    assert "can't make the folder" in capsys.readouterr().err


def test_torch_is_not_loaded_before_the_trainer_listens():
    """A cancel that comes during the seconds of the import must be heard."""
    program = "import sys, worker.engine.__main__; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_package_offers_the_function_even_after_the_module_was_imported():
    program = (
        "import worker.engine.distill\n"
        "from worker.engine import distill\n"
        "from worker.engine.distill import distill as same\n"
        "assert distill is same and callable(distill)"
    )

    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
