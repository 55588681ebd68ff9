"""python -m bench.costs [--out FILE.json]: what each term and each regularizer adds to a training step.

scikit-learn's digits, ResNet-18 → MobileNetV2 with ImageNet stems, batch 128, the teacher asked live. Each
term and each regularizer alone, with its defaults, in turns. A term is held against `soft_targets`, since all
but `teacher_free` need the teacher's answer; a regularizer against the label loss alone.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from bench.candidates import BASELINE, candidates
from bench.step import REPEATS, cpu_name, figures, line
from core.spec import JobSpec

FROZEN = "features.[1-7].*"
COMMON_TERM = "soft_targets"
WARM_UP, STEPS = 1, 6  # an epoch has a few more
SHARED: dict[str, Any] = {
    "dataset": "digits",
    "teacher": {"architecture": "resnet18", "stem": "imagenet"},
    "student": {"architecture": "mobilenet_v2", "stem": "imagenet"},
    "optimization": {"epochs": 100, "batch_size": 128, "teacher_cache": "off", "compile": "off"},
    "resources": {"gpus": 0},
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.costs", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures to this file as JSON")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    result = measure(options.repeats)
    for name, found in result["ratio"].items():
        print(f"{name:>24}: {line(found, digits=3)} of {against(name)}")
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")


def measure(repeats: int = REPEATS, steps: int = STEPS) -> dict[str, Any]:
    """Seconds of a step of each, in turns, and the ratio to what it is held against in each turn."""
    from bench.timed_training import TimedTraining

    trainings = {name: TimedTraining(job(name)) for name in candidates(FROZEN)}
    seconds: dict[str, list[float]] = {name: [] for name in trainings}
    for _ in range(repeats):
        for name, training in trainings.items():
            seconds[name].append(training.seconds(WARM_UP, steps) / steps)
    return {
        "cpu": cpu_name(), "cores": len(os.sched_getaffinity(0)), "load_average_after": os.getloadavg()[0],
        "steps": steps, "seconds_a_step": {name: figures(found) for name, found in seconds.items()},
        "ratio": {name: figures(_ratios(seconds, name)) for name in seconds},
    }  # fmt: skip


def job(name: str) -> JobSpec:
    return JobSpec.model_validate({**SHARED, **candidates(FROZEN)[name]})


def against(name: str) -> str:
    """What a candidate is held against."""
    return COMMON_TERM if job(name).method.terms else BASELINE


def _ratios(seconds: dict[str, list[float]], name: str) -> list[float]:
    """Turn by turn."""
    return [one / common for one, common in zip(seconds[name], seconds[against(name)], strict=True)]


if __name__ == "__main__":
    main()
