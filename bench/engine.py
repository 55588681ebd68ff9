"""python -m bench.engine [--out FILE.json]: what a step costs, part by part, beside a common loop.

ImageNet stems at 32 px, batch 128. All contenders run in this one run and take turns, each in a process of
its own; while one is timed the others wait:

reference   the loop as common libraries write it, with its teacher (bench/reference_loop.py)
live        ours, the teacher asked in every step
warm        ours, the teacher's logits looked up: all of them are in its table
plain       ours, the same student trained on labels alone: no teacher at all
input       the share of our step that the batches take, order, crop, flip and normalisation
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from bench import workload
from bench.step import REPEATS, STEPS, WARM_UP, cpu_name, figures, line, start

CONTENDERS = ("reference", "live", "warm", "plain", "input")
TARGETS = {"live / reference": 2.5, "warm / reference": 3.0, "plain / warm": 1.08, "input / plain": 0.05}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures to this file as JSON")
    options = parser.parse_args()
    result = measure()
    show(result)
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")


def measure(repeats: int = REPEATS, warm_up: int = WARM_UP, steps: int = STEPS) -> dict[str, Any]:
    """Seconds of so many steps of each, in turns, and the ratios of each turn."""
    pipes = {which: start(which) for which in CONTENDERS}
    about = {which: pipe.recv() for which, pipe in pipes.items()}
    seconds: dict[str, list[float]] = {which: [] for which in CONTENDERS}
    for _ in range(repeats):
        for which, pipe in pipes.items():
            pipe.send((warm_up, steps))
            seconds[which].append(pipe.recv() / steps)
    for pipe in pipes.values():
        pipe.send(None)
    return {
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "load_average_after": os.getloadavg()[0],
        "batch": workload.BATCH,
        "steps": steps,
        "contenders": {which: about[which] | {"seconds_a_step": figures(seconds[which])} for which in pipes},
        "ratios": {name: figures(ratio) for name, ratio in ratios(seconds).items()},
        "targets": TARGETS,
    }


def ratios(seconds: dict[str, list[float]]) -> dict[str, list[float]]:
    """Of images a second for the loops, of seconds for what a part costs."""

    def of(one: str, other: str) -> list[float]:
        return [b / a for a, b in zip(seconds[one], seconds[other], strict=True)]

    return {
        "live / reference": of("live", "reference"),
        "warm / reference": of("warm", "reference"),
        "plain / warm": of("plain", "warm"),
        "input / plain": of("plain", "input"),
    }


def show(result: dict[str, Any]) -> None:
    print(f"{result['cpu']}, {result['cores']} cores, load average {result['load_average_after']:.1f}")
    for which, one in result["contenders"].items():
        print(
            f"{which:>9}: {line(one['seconds_a_step'], digits=4)} s a step; {one['device']}, {one['dtype']}"
        )
    for name, ratio in result["ratios"].items():
        print(f"{name:>17}: {line(ratio, digits=3)}, target {result['targets'][name]}")


if __name__ == "__main__":
    main()
