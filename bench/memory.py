"""python -m bench.memory [--out FILE.json]: resident memory of a trainer on a data set of CIFAR-10's size.

60,000 random images of 32 pixels, batch 128, the default networks with their small stems, on the CPU, the
teacher asked live. Each of both networks is trained for a while by a trainer of its own, whose highest
resident memory the kernel tells; beside it what the trainer takes for a set of a tenth of the size, so that
one sees what the images cost. A trainer is watched from when it says that this training begins.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.step import cpu_name

TRAIN, TEST, SIDE, CLASSES = 50_000, 10_000, 32, 10
SECONDS = 90.0
UNBUFFERED = {"PYTHONUNBUFFERED": "1"}
MODEL = "model_" + "0" * 26
JOB: dict[str, Any] = {
    "dataset": "cifar10", "resources": {"gpus": 0},
    "evaluation": {"latency_batches": [], "validation_fraction": 0.01},
    "optimization": {"epochs": 1, "batch_size": 128, "teacher_cache": "off"},
}  # fmt: skip
PHASES = {"teacher": "teacher", "student": "distil"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures to this file as JSON")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that each trainer is watched for")
    options = parser.parse_args()
    result: dict[str, Any] = {"cpu": cpu_name(), "batch": 128, "seconds": options.seconds, "megabytes": {}}
    with tempfile.TemporaryDirectory() as folder:
        for share in (1, 10):
            images = write_data(Path(folder), share)
            for role in ("teacher", "student"):
                found = peak(Path(folder), role, options.seconds)
                result["megabytes"][f"{role}, {images:,} images"] = found
                print(
                    f"{role} on {images:,} images of {images * SIDE * SIDE * 3 / 1e6:.0f} MB: {found:.0f} MB"
                )
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")


def write_data(folder: Path, share: int) -> int:
    """Random images as the engine finds them packed; how many."""
    import torch
    from safetensors.torch import save_file

    random = torch.Generator().manual_seed(0)
    tensors = {}
    for split, count in (("train", TRAIN // share), ("test", TEST // share)):
        shape = (count, SIDE, SIDE, 3)
        tensors[f"{split}_images"] = torch.randint(0, 256, shape, dtype=torch.uint8, generator=random)
        tensors[f"{split}_labels"] = torch.arange(count) % CLASSES
    names = {"classes": json.dumps([f"class {label}" for label in range(CLASSES)])}
    save_file(tensors, folder / "cifar10.safetensors", names)
    return (TRAIN + TEST) // share


def peak(folder: Path, role: str, seconds: float) -> float:
    """Megabytes that a trainer has held at once, which has trained this network for so long."""
    job, words = folder / "job.json", []
    document = {**JOB, "teacher": {"source": {"kind": "train", "epochs": 1}}}
    if role == "student":
        document["teacher"] = {"architecture": "resnet18", "source": {"kind": "model", "id": MODEL}}
        words = ["--teacher-weights", str(_weights(folder))]
    job.write_text(json.dumps(document))
    command = [sys.executable, "-m", "worker.engine", str(job), "--data", str(folder), *words]
    command += ["--out", str(folder / "out")]
    trainer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **UNBUFFERED})
    found = 0.0
    try:
        _wait_for(trainer, PHASES[role])
        until = time.monotonic() + seconds
        while time.monotonic() < until and trainer.poll() is None:
            found = _highest(trainer.pid) or found
            time.sleep(0.5)
        if trainer.poll():
            raise RuntimeError(f"the trainer has failed with exit status {trainer.returncode}")
    finally:
        trainer.kill()
        trainer.wait()
    return found


def _wait_for(trainer: subprocess.Popen[str], phase: str) -> None:
    """Until it says that the phase begins: before, it may look at thousands of images for minutes."""
    assert trainer.stderr is not None
    for line in trainer.stderr:
        if line.strip() == phase:
            return
    raise RuntimeError(f"the trainer has ended before {phase}")


def _weights(folder: Path) -> Path:
    """A teacher that has learned nothing."""
    import torch
    from safetensors.torch import save_file

    from worker.engine.models.resnet import RESNET18

    path = folder / "teacher.safetensors"
    if not path.exists():
        torch.manual_seed(0)
        save_file(RESNET18.build(CLASSES, 1.0, "small").state_dict(), path)
    return path


def _highest(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 / 1e6 if found else 0.0


if __name__ == "__main__":
    main()
