"""The engine as two processes: they stop together, go on together, and end together."""

import os
import signal
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.spec import JobSpec
from tests.worker.engine.resuming import attempts
from tests.worker.engine.resuming.attempts import Job

CANCELLED, SUSPENDED = 5, 6
# No network here has statistics of a batch; those of each rank would be of its own part.
ROWS = JobSpec.model_validate(
    {
        "task": "tabular-regression",
        "dataset": {"kind": "formula"},
        "teacher": {"architecture": "mlp", "source": {"kind": "train", "epochs": 1}},
        "student": {"architecture": "mlp", "hidden": [8]},
        "method": "logit_mse",
        "optimization": {"epochs": 40, "batch_size": 32, "augmentation": "none"},
        "evaluation": {"latency_batches": []},
    }
)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Each rank loads torch anew, which takes its time where others do the same."""
    monkeypatch.setattr(attempts, "DEADLINE_SECONDS", 600.0)


def ranks_of(attempt):
    """The processes that an attempt has started, by their rank."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == attempt.process.pid and "--rank" in words:
            found[int(words[words.index("--rank") + 1])] = int(folder.name)
    return found


def is_gone(pid):
    deadline = time.monotonic() + attempts.DEADLINE_SECONDS
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.slow
def test_two_that_were_stopped_between_two_steps_end_where_one_does(tmp_path):
    shared, alone = (Job(tmp_path / name, tmp_path, ROWS) for name in ("shared", "alone"))
    first = shared.start("--ranks", "2")
    first.until_student(30)
    first.ask("suspend")
    assert first.end() == SUSPENDED
    shared.keep(first)

    last, whole = shared.run("--ranks", "2"), alone.run()

    assert last.all("result")
    assert 0 < first.student_steps() < last.student_steps() == whole.student_steps()
    found, expected = (load_file(one.out / "student.safetensors") for one in (last, whole))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    assert not list(last.out.glob(".rank*"))


@pytest.mark.slow
@pytest.mark.parametrize("dead", [0, 1])
def test_when_one_dies_the_other_does(dead, tmp_path):
    attempt = Job(tmp_path / "job", tmp_path, ROWS).start("--ranks", "2")
    attempt.until_student(1)
    ranks = ranks_of(attempt)

    os.kill(ranks[dead], signal.SIGKILL)

    assert attempt.end() not in (0, CANCELLED, SUSPENDED)
    assert sorted(ranks) == [0, 1]
    assert all(map(is_gone, ranks.values()))
    assert not attempt.all("error")  # whoever watches sees a trainer that died, and tries again


@pytest.mark.slow
def test_who_cancels_ends_both(tmp_path):
    attempt = Job(tmp_path / "job", tmp_path, ROWS).start("--ranks", "2")
    attempt.until_student(1)

    attempt.ask("cancel")

    assert attempt.end() == CANCELLED
    assert attempt.error()["code"] == "cancelled"
