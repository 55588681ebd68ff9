"""python -m bench.compiling [--out FILE.json]: what compiling a student's step takes, and what it saves.

MobileNetV2 at 32 px, ImageNet stem, batch 128, labels alone: interpreted and compiled steps in turns. The
first compiled step is timed apart: it compiles, from an empty folder.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import workload
from bench.step import REPEATS, STEPS, WARM_UP, cpu_name, figures, line


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.compiling", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures to this file as JSON")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    from worker.engine.scratch import scratch

    with tempfile.TemporaryDirectory() as folder, scratch(Path(folder)):
        result = measure(options.repeats)
    print(f"compiling: {result['compile_seconds']:.1f} s")
    for name, found in result["seconds_a_step"].items():
        print(f"{name:>11}: {line(found, digits=4)} s a step")
    print(f"saved: {line(result['saved'], digits=3)} of a step")
    print(f"has paid after {result['images_until_it_pays']:,} images")
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")


def measure(repeats: int = REPEATS, warm_up: int = WARM_UP, steps: int = STEPS) -> dict[str, Any]:
    """Seconds of a step of each, in turns, and the share that is saved in each turn."""
    import torch

    from bench.our_loop import OurLoop

    loops = {"interpreted": OurLoop("plain"), "compiled": OurLoop("plain")}
    compile_seconds = _compile(loops["compiled"])
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(repeats):
        for name, loop in loops.items():
            seconds[name].append(loop.seconds(warm_up, steps) / steps)
    pairs = list(zip(seconds["interpreted"], seconds["compiled"], strict=True))
    told = {name: figures(found) for name, found in seconds.items()}
    gain = told["interpreted"]["median"] - told["compiled"]["median"]
    return {
        "cpu": cpu_name(), "cores": len(os.sched_getaffinity(0)), "torch": torch.__version__,
        "load_average_after": os.getloadavg()[0], "batch": workload.BATCH, "steps": steps,
        "compile_seconds": compile_seconds, "seconds_a_step": told,
        "saved": figures([1 - compiled / plain for plain, compiled in pairs]),
        "images_until_it_pays": round(compile_seconds / gain * workload.BATCH) if gain > 0 else None,
    }  # fmt: skip


def _compile(loop: Any) -> float:
    """Have the loop's steps compiled, and make the first of them; seconds that it took."""
    import torch

    from worker.engine.compiled import Compiled

    network = loop.trainer.network
    shape = torch.Size((workload.BATCH, 3, workload.SIDE, workload.SIDE))
    loop.trainer.tapped = Compiled(network, torch.compile(network, dynamic=False), shape)
    began = time.perf_counter()
    loop.seconds(0, 1)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
