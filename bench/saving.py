"""python -m bench.saving [--out FILE.json]: what a second job saves that finds the teacher's logits.

scikit-learn's digits, ResNet-18 → MobileNetV2 with their own stems: the same teacher and data, another seed
of the student. Three jobs in turns, several times: `live` asks the teacher in every step, `first` fills an
empty shelf, `second` finds it full. What is compared are the seconds of the distil phase.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from bench.step import cpu_name, figures, line
from core.spec import JobSpec

REPEATS = 5
MOST_BYTES = 10**9
JOB: dict[str, Any] = {
    "dataset": "digits",
    "teacher": {"architecture": "resnet18", "stem": "imagenet", "source": {"kind": "train", "epochs": 1}},
    "student": {"architecture": "mobilenet_v2", "stem": "imagenet"},
    "optimization": {"epochs": 5, "batch_size": 64, "augmentation": "crop"},
    "evaluation": {"latency_batches": []},
    "resources": {"gpus": 0},
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.saving", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures to this file as JSON")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    result = measure(options.repeats)
    for name, found in result["seconds"].items():
        print(f"{name:>14}: {line(found, digits=2)} s")
    print(f"second / live: {line(result['second / live'], digits=3)}")
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")


def measure(repeats: int) -> dict[str, Any]:
    seconds: dict[str, list[float]] = {"live": [], "first": [], "second": []}
    with tempfile.TemporaryDirectory() as folder:
        teacher = _teacher(Path(folder))
        for repeat in range(repeats):
            shelf = Path(folder) / f"shelf {repeat}"
            for seed, name in enumerate(seconds):
                seconds[name].append(_distil(Path(folder), teacher, shelf, seed, live=name == "live"))
    ratios = [second / live for second, live in zip(seconds["second"], seconds["live"], strict=True)]
    return {
        "cpu": cpu_name(), "seconds": {name: figures(found) for name, found in seconds.items()},
        "second / live": figures(ratios), "saved": 1 - statistics.median(ratios),
    }  # fmt: skip


def _teacher(folder: Path) -> Path:
    from worker.engine import distill

    distill(JobSpec.model_validate(JOB), folder / "teacher")
    return folder / "teacher" / "teacher.safetensors"


def _distil(folder: Path, teacher: Path, shelf: Path, seed: int, *, live: bool) -> float:
    """Seconds of the student's training."""
    from worker.engine import distill
    from worker.engine.cache.segments import Shelf
    from worker.engine.given import Files

    source = {"kind": "model", "id": "model_" + "0" * 26}
    optimization = {**JOB["optimization"], "teacher_cache": "off" if live else "on"}
    changes = {"teacher": {**JOB["teacher"], "source": source}, "optimization": optimization, "seed": seed}
    report = distill(
        JobSpec.model_validate({**JOB, **changes}), folder / "student", weights=Files(teacher=teacher),
        shelf=Shelf(shelf, MOST_BYTES),
    )  # fmt: skip
    return float(report["seconds"]["distil"])


if __name__ == "__main__":
    main()
