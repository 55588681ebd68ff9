"""python -m bench.step [--out FILE.json]: images a second of our training step, beside a common loop.

Both run in this one run and take turns, each in a process of its own so that neither profits from the other's
memory or threads; while one is timed the other waits.
"""

import argparse
import json
import os
import statistics
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench import workload

REPEATS = 5
WARM_UP = 5
STEPS = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.step", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures to this file as JSON")
    options = parser.parse_args()
    result = compare()
    show(result)
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n")


def compare(repeats: int = REPEATS, warm_up: int = WARM_UP, steps: int = STEPS) -> dict[str, Any]:
    """Both loops, in turns."""
    contenders = {which: start(which) for which in ("reference", "ours")}
    about = {which: pipe.recv() for which, pipe in contenders.items()}
    rates: dict[str, list[float]] = {which: [] for which in contenders}
    for _ in range(repeats):
        for which, pipe in contenders.items():
            pipe.send((warm_up, steps))
            rates[which].append(steps * workload.BATCH / pipe.recv())
    for pipe in contenders.values():
        pipe.send(None)
    ratios = [ours / reference for ours, reference in zip(rates["ours"], rates["reference"], strict=True)]
    return {
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "load_average_after": os.getloadavg()[0],
        "batch": workload.BATCH,
        "steps": steps,
        **{which: about[which] | figures(rates[which]) for which in contenders},
        "ratio": figures(ratios),
    }


def start(which: str) -> Connection:
    """A contender in a process of its own, behind a pipe: (warm_up, steps) goes in, seconds come out."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    context.Process(target=serve, args=(which, theirs)).start()
    return ours


def serve(which: str, pipe: Connection) -> None:
    """The contender's process."""
    loop = reference_loop() if which == "reference" else our_loop("live" if which == "ours" else which)
    import torch  # not in the parent, which only waits

    name = torch.cuda.get_device_name() if loop.device.type == "cuda" else "cpu"
    pipe.send(
        {"device": name, "dtype": loop.dtype, "threads": torch.get_num_threads(), "torch": torch.__version__}
    )
    while request := pipe.recv():
        pipe.send(loop.seconds(*request))


def our_loop(teaching: Any) -> Any:
    """The engine's, which sets up OpenMP before torch is loaded."""
    import worker.engine  # noqa: F401
    from bench.our_loop import OurLoop

    return OurLoop(teaching)


def reference_loop() -> Any:
    """The common one, with torch as it comes."""
    from bench.reference_loop import ReferenceLoop

    return ReferenceLoop()


def figures(values: Sequence[float]) -> dict[str, Any]:
    return {
        "n": len(values),
        "median": statistics.median(values),
        "lowest": min(values),
        "highest": max(values),
        "values": list(values),
    }


def show(result: dict[str, Any]) -> None:
    load = f"load average {result['load_average_after']:.1f} at the end"
    work = f"batch {result['batch']}, {result['steps']} steps a turn"
    print(f"{result['cpu']}, {result['cores']} cores, {load}; {work}")
    for which in ("reference", "ours"):
        one = result[which]
        where = f"{one['device']}, {one['dtype']}, {one['threads']} threads, torch {one['torch']}"
        print(f"{which:>9}: {line(one, digits=1)} images/s; {where}")
    print(f"    ratio: {line(result['ratio'], digits=2)}")


def line(of: dict[str, Any], digits: int) -> str:
    median, lowest, highest = (f"{of[key]:.{digits}f}" for key in ("median", "lowest", "highest"))
    return f"{median} ({lowest} to {highest}, n = {of['n']})"


def cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown CPU"
    )


if __name__ == "__main__":
    main()
