"""python -m bench.accuracy --out FILE.json: what each term and each regularizer does to a student's accuracy.

scikit-learn's digits with few labels: the teacher (ResNet-18) is trained once on all training images, each
student (ResNet-18, too: MobileNetV2 learns nothing in so few steps) on ten of each class, over several seeds,
each term and regularizer alone. What is measured is the accuracy on the whole test split. Seeds change
weights, batch order and noise, never the images. A run that is interrupted goes on where it was.
"""

import argparse
import json
import math
import shutil
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from bench.candidates import BASELINE, candidates
from core.spec import JobSpec

SEEDS = 5
PER_CLASS = 10
# Two-sided 95 % of Student's t by degrees of freedom.
T95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}

SHARED: dict[str, Any] = {
    "dataset": {"name": "digits", "subset": {"per_class": PER_CLASS}},
    "teacher": {"architecture": "resnet18", "stem": "imagenet"},
    "student": {"architecture": "resnet18", "stem": "imagenet"},
    "optimization": {
        "epochs": 15, "batch_size": 15, "augmentation": "crop", "optimizer": "adamw", "learning_rate": 1e-3,
    },
    "evaluation": {"validation_fraction": 0.1, "latency_batches": []},
    "resources": {"gpus": 0},
}  # fmt: skip
TEACHER: dict[str, Any] = {
    **SHARED,
    "dataset": "digits",
    "teacher": {**SHARED["teacher"], "source": {"kind": "train", "epochs": 10}},
    "optimization": {"epochs": 1, "batch_size": 64, "augmentation": "crop"},
    "student": {"architecture": "mobilenet_v2", "width": 0.1, "stem": "imagenet"},
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="figures as JSON, kept after each run")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--only", help="a part of the names of what is measured")
    parser.add_argument("--teacher", type=Path, help="kept in this file, and taken from it where it is there")
    options = parser.parse_args()
    result = read(options.out)
    with tempfile.TemporaryDirectory() as folder:
        teacher = options.teacher or Path(folder) / "kept.safetensors"
        if not teacher.exists():
            shutil.copy(the_teacher(Path(folder)), teacher)
        chosen = {name: changes for name, changes in candidates().items() if (options.only or "") in name}
        # Seed by seed: whenever it is interrupted, all of them have been measured about as often.
        for seed, name in product(range(options.seeds), chosen):
            if str(seed) not in result["runs"].setdefault(name, {}):
                result["runs"][name][str(seed)] = measure(chosen[name], seed, teacher, Path(folder), result)
                write(options.out, result)
    show(result)


def read(path: Path) -> dict[str, Any]:
    """The figures so far."""
    found: dict[str, Any] = {"shared": SHARED, "runs": {}}
    return json.loads(path.read_text()) if path.exists() else found


def write(path: Path, result: Mapping[str, Any]) -> None:
    path.write_text(json.dumps({**result, "table": table(result["runs"])}, indent=1) + "\n")


def table(runs: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, Any]]:
    """Of each candidate its accuracy, and what it gains, seed by seed: both begin with the same weights."""
    alone = runs.get(BASELINE, {})
    found = {}
    for name, by_seed in runs.items():
        gains = [value - alone[seed] for seed, value in by_seed.items() if seed in alone]
        gain = {"gain": summary(gains)} if gains and name != BASELINE else {}
        found[name] = {**summary(list(by_seed.values())), **gain}
    return found


def the_teacher(folder: Path) -> Path:
    """Trained on all training images; the same in every call."""
    from worker.engine import distill

    distill(JobSpec.model_validate(TEACHER), folder / "teacher")
    return folder / "teacher" / "teacher.safetensors"


def measure(
    changes: Mapping[str, Any], seed: int, teacher: Path, folder: Path, result: dict[str, Any]
) -> float:  # fmt: skip
    """The accuracy of one student on the test split; what it was measured with goes into the result."""
    from worker.engine import distill
    from worker.engine.given import Files

    source = {"kind": "model", "id": "model_" + "0" * 26}
    document = {**SHARED, "teacher": {**SHARED["teacher"], "source": source}, "seed": seed, **changes}
    report = distill(JobSpec.model_validate(document), folder / "student", weights=Files(teacher=teacher))
    result["teacher"] = {key: report["teacher"]["test"][key] for key in ("accuracy", "images")}
    result |= {"hardware": report["hardware"], "versions": report["versions"]}
    return float(report["student"]["test"]["accuracy"])


def summary(values: Sequence[float]) -> dict[str, float]:
    """The mean and its 95 % interval's half, by Student's t."""
    if len(values) < 2:
        return {"n": len(values), "mean": values[0]}
    half = T95[len(values) - 1] * statistics.stdev(values) / math.sqrt(len(values))
    return {"n": len(values), "mean": statistics.mean(values), "half_95": half}


def show(result: Mapping[str, Any]) -> None:
    """One line each, the best first, beside the student that is neither distilled nor regularized."""
    print(f"teacher {100 * result['teacher']['accuracy']:.2f} %")
    found = table(result["runs"])
    for name in sorted(found, key=lambda name: -found[name]["mean"]):
        one = found[name]
        gain = f"  {_percent(one['gain'], '+')}" if "gain" in one else ""
        print(f"{name:28} {_percent(one)} (n = {one['n']}){gain}")


def _percent(one: Mapping[str, float], sign: str = "") -> str:
    return f"{100 * one['mean']:{sign}.2f} ± {100 * one.get('half_95', math.nan):.2f}"


if __name__ == "__main__":
    main()
