"""What the service adds to a job: wall time from submit to success, minus the engine's own seconds.

python -m bench.overhead [--jobs 5] [--out FILE]

One local service, one small job after the other. Also the resident memory of each parent process.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from app.local.stack import Stack
from core.settings import Settings

JOB = {
    "dataset": "digits",
    "teacher": {"architecture": "resnet18", "stem": "imagenet", "source": {"kind": "train", "epochs": 1}},
    "student": {"architecture": "mobilenet_v2", "stem": "imagenet"},
    "optimization": {"epochs": 1, "batch_size": 256, "augmentation": "crop"},
}
POLL_SECONDS = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=5)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, Stack(Settings(home=Path(home)), port=0) as stack:
        key = (Path(home) / "api-key").read_text().strip()
        overheads = [overhead(stack.url, key) for _ in range(chosen.jobs)]
        memory = {name: resident(pid) for name, pid in stack.processes().items() if pid is not None}
    result = {
        "measured": "seconds from submit to success, minus the engine's own",
        "device": f"{os.cpu_count()} CPU cores, {platform.processor() or platform.machine()}",
        "n": chosen.jobs, "seconds": overheads, "median": statistics.median(overheads),
        "min": min(overheads), "max": max(overheads), "resident_megabytes": memory,
    }  # fmt: skip
    text = json.dumps(result, indent=1)
    print(text)
    if chosen.out:
        chosen.out.write_text(text + "\n")


def overhead(url: str, key: str) -> float:
    """One job's."""
    began = time.monotonic()
    job = call(f"{url}/v1/jobs", key, JOB)
    while job["state"] not in ("succeeded", "failed"):
        time.sleep(POLL_SECONDS)
        job = call(f"{url}/v1/jobs/{job['id']}", key)
    wall = time.monotonic() - began
    assert job["state"] == "succeeded", job["error"]
    report = call(f"{url}/v1/jobs/{job['id']}/artifacts/report.json", key)
    return round(wall - float(report["seconds"]["total"]), 3)


def call(url: str, key: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
        return json.loads(answer.read())


def resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


if __name__ == "__main__":
    main()
