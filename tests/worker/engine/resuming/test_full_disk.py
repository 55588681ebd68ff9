"""A full disk costs a checkpoint, and never the run."""

import shutil

import pytest
import torch

from core import faults
from tests.worker.engine.builders import Listener
from tests.worker.engine.resuming.attempts import STEPS
from tests.worker.engine.resuming.interrupted import SPEC, end
from worker.engine import distill
from worker.engine.checkpoints import Checkpoints
from worker.engine.exports import files
from worker.engine.narrator import Narrator


def run_with(fault, run):
    """What is heard of this while something fails."""
    faults.arm(fault)
    try:
        run()
    finally:
        faults.arm(None)


@pytest.mark.parametrize("point", ["write", "rename", "sync"])
def test_a_full_disk_leaves_nothing_half_written(point, tmp_path):
    listener = Listener()
    checkpoints = Checkpoints(tmp_path, 0.0, Narrator(listener, {"teacher": 1}), {}, {})

    run_with(
        f"checkpoint.{point}:2:raise",
        lambda: [checkpoints.save("teacher", {"weights": torch.ones(1000)}) for _ in range(3)],
    )

    ((level, message),) = listener.all("log")
    assert (level, message[:20]) == ("error", "checkpoint 2 is lost")
    told = [saved.path.name for saved in listener.all("checkpoint")]
    assert told == ["checkpoint-000001.pt", "checkpoint-000003.pt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == told


def test_a_checkpoint_that_would_fill_the_disk_is_not_written(tmp_path, monkeypatch):
    listener = Listener()
    checkpoints = Checkpoints(tmp_path, 0.0, Narrator(listener, {"teacher": 1}), {}, {})
    monkeypatch.setattr(files, "TIMES_ITS_SIZE", shutil.disk_usage(tmp_path).free)

    checkpoints.save("teacher", {"weights": torch.ones(1000)})

    ((level, message),) = listener.all("log")
    assert (level, message[:20]) == ("error", "checkpoint 1 is lost")
    assert "bytes are free" in message
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_costs_the_checkpoint_and_not_the_run(whole, data, tmp_path):
    """Of the teacher, which is then written with the next one."""
    listener = Listener()
    before = STEPS * 2 - 1  # checkpoints while the teacher learns

    run_with(
        f"checkpoint.write:{before + 1}:raise",
        lambda: distill(SPEC, tmp_path, data=data, reporter=listener, checkpoint_seconds=0.0),
    )

    kinds = [(saved.kind, saved.sequence) for saved in listener.all("checkpoint")][before:]
    assert kinds[:2] == [("teacher", before + 2), ("training", before + 3)]
    assert end(tmp_path) == whole
