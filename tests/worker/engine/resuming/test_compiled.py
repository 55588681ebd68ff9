"""A compiled step: the same student but for rounding, to the same bits after a kill, and none without a compiler."""

import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from tests.worker.engine.builders import Listener
from tests.worker.engine.resuming.attempts import STEPS, tiny
from tests.worker.engine.resuming.interrupted import Keeper, Killed
from worker.engine import distill

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

COMPILED = tiny(optimization={"compile": "on"}, regularizers=["l2", {"kind": "weight_clipping", "limit": 0.5}])
INTERPRETED = COMPILED.model_copy(
    update={"optimization": COMPILED.optimization.model_copy(update={"compile": "off"})}
)


def student(out):
    return load_file(out / "student.safetensors")


def same_file(out, other):
    return (out / "student.safetensors").read_bytes() == (other / "student.safetensors").read_bytes()


@pytest.fixture(scope="module")
def compiled(data, tmp_path_factory):
    """A run from its start to its end, and what it said."""
    out, listener = tmp_path_factory.mktemp("compiled"), Listener()
    distill(COMPILED, out, data=data, reporter=listener)
    return out, listener


def test_the_student_is_the_same_but_for_rounding(compiled, data, tmp_path):
    out, listener = compiled
    distill(INTERPRETED, tmp_path, data=data, reporter=Listener())

    assert ("info", "the step is compiled") in listener.all("log")
    own, other = student(out), student(tmp_path)
    for name, value in other.items():
        torch.testing.assert_close(own[name], value, rtol=1e-3, atol=1e-3)
    assert any(not torch.equal(own[name], value) for name, value in other.items()), "something was compiled"


def test_nothing_of_the_compiler_stays(compiled):
    assert not [path for path in compiled[0].iterdir() if path.name.startswith(".")]


def test_it_goes_on_to_the_same_bits(compiled, data, tmp_path):
    keeper = Keeper(tmp_path, until=("distil", STEPS + 1))
    with pytest.raises(Killed):
        distill(COMPILED, tmp_path / "killed", data=data, reporter=keeper, checkpoint_seconds=0.0)

    distill(
        COMPILED, tmp_path / "out", data=data, reporter=Listener(),
        resume=tmp_path / "training", teacher=tmp_path / "teacher",
    )  # fmt: skip

    assert same_file(tmp_path / "out", compiled[0])


def test_without_a_compiler_the_step_is_interpreted(data, tmp_path):
    """In a process of its own: a compiler that was found is not looked for again."""
    job = tmp_path / "job.json"
    job.write_text(COMPILED.model_dump_json())
    words = [str(job), "--data", str(data), "--out", str(tmp_path / "without")]
    done = subprocess.run(
        [sys.executable, "-m", "worker.engine", *words], env=os.environ | {"CXX": "/bin/false"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    distill(INTERPRETED, tmp_path / "interpreted", data=data, reporter=Listener())

    assert "the step is not compiled: " in done.stdout + done.stderr
    assert same_file(tmp_path / "without", tmp_path / "interpreted")
