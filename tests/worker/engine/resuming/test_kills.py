"""A run that is killed and resumed ends as the one that nobody disturbed."""

import random
import signal
import subprocess
import sys

import pytest

from tests.worker.engine.resuming.attempts import STEPS, Job, tiny

KILLS = 5
SGD = tiny(
    seed=3,
    regularizers=[
        {"kind": "l2", "strength": 1e-3},
        {"kind": "dropout", "placement": "stages", "rate": 0.2},
        {"kind": "gradient_clipping", "max_norm": 1.0},
    ],
    optimization={"augmentation": "crop", "learning_rate": 0.05},
)
ADAMW = tiny(
    regularizers=[{"kind": "weight_clipping", "max_abs": 0.2}, {"kind": "dropout", "rate": 0.3}],
    optimization={"optimizer": "adamw", "weight_decay": 0.01, "warmup_epochs": 1},
    stopping={"patience_epochs": 1},
)


@pytest.mark.parametrize("spec", [SGD, ADAMW], ids=["sgd", "adamw"])
def test_killed_at_random_steps_it_ends_as_if_nothing_had_happened(spec, data, tmp_path):
    chance = random.Random(spec.seed)
    straight = Job(tmp_path / "straight", data, spec).run(seconds=3600)
    job = Job(tmp_path / "killed", data, spec)

    for _ in range(KILLS):
        at, seconds = chance.randint(1, STEPS * 4 // KILLS), chance.choice([0, 0, 3600])
        killed = job.run("--fault", f"trainer.step:{at}:kill", seconds=seconds)
        assert killed.process.exitcode == -signal.SIGKILL
    resumed = job.run(seconds=3600)

    assert resumed.process.exitcode == 0, resumed.events()
    for name in ("student.safetensors", "teacher.safetensors"):
        assert resumed.sha256(name) == straight.sha256(name)
    assert resumed.metrics() == straight.metrics()


@pytest.mark.slow
def test_the_command_itself_goes_on_from_a_checkpoint(data, tmp_path):
    job = Job(tmp_path, data, SGD)

    def command(*more):
        words = [*job.arguments(seconds=0), "--out", str(tmp_path / "out"), *more]
        return subprocess.run([sys.executable, "-m", "worker.engine", *words], capture_output=True, text=True)

    killed = command("--fault", f"trainer.step:{STEPS * 2 + 3}:kill")
    for kind, pattern in (("training", "checkpoint-*.pt"), ("teacher", "teacher-*.safetensors")):
        (path,) = (tmp_path / "out").glob(pattern)  # alone, it keeps the newest of each kind
        job.kept[kind] = {"path": str(path)}
    resumed = command()

    assert killed.returncode == -signal.SIGKILL
    assert resumed.returncode == 0, resumed.stderr
    assert "epoch 2" in resumed.stderr.split("distil")[1]
    left = {str(path) for path in (tmp_path / "out").glob("*-0*")}
    assert left == {kept["path"] for kept in job.kept.values()}  # what was given; nothing of its own
