"""A curve of a million points, cut to what a screen can show."""

import json
import math
import statistics
import urllib.request
from typing import Any
from urllib.parse import urlencode

from bench.serving import process
from bench.serving.content import Content, in_state
from bench.serving.load import get, load
from core.lifecycle import JobState
from core.store import metrics

POINTS, TOGETHER = 1_000_000, 10_000
REPEATS, SECONDS = 5, 2.0
NAME, SPIKE_AT, SPIKE = "train/loss", 654_321, 1e6
SHOWN = 500


def measure(content: Content) -> dict[str, Any]:
    ((job_id, _),) = in_state(content, JobState.SUCCEEDED, 1)
    _write(content, job_id)
    path = f"/v1/jobs/{job_id}/metrics/series?{urlencode({'names': NAME, 'max_points': SHOWN})}"
    with process.api(content.home) as api:
        shown = _answer(api.port, path, content.key)
        loads = {
            f"connections_{n}": [
                load(api, [get(path, content.key)], 200, seconds=SECONDS, connections=n)
                for _ in range(REPEATS)
            ]
            for n in (1, 16)
        }
    figures = {name: _p95([one.milliseconds(95) for one in found]) for name, found in loads.items()}
    return {"points": POINTS, "max_points": SHOWN, "spike_is_shown": SPIKE in _numbers(shown), **figures}


def _write(content: Content, job_id: str) -> None:
    for start in range(0, POINTS, TOGETHER):
        rows = [
            {
                "name": NAME, "step": step, "epoch": step / 1000, "seconds": step / 50,
                "value": SPIKE if step == SPIKE_AT else math.exp(-step / POINTS),
            }
            for step in range(start, start + TOGETHER)
        ]  # fmt: skip
        with content.writing() as session:
            metrics.write(session, job_id, rows)


def _answer(port: int, path: str, key: str) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)


def _numbers(value: Any) -> set[float]:
    """Every number anywhere in the answer."""
    if isinstance(value, dict):
        return set().union(*map(_numbers, value.values()))
    if isinstance(value, list):
        return set().union(*map(_numbers, value))
    return {float(value)} if isinstance(value, int | float) else set()


def _p95(found: list[float]) -> dict[str, Any]:
    return {
        "n": len(found), "p95_milliseconds": round(statistics.median(found), 2),
        "spread": [round(min(found), 2), round(max(found), 2)],
    }  # fmt: skip
