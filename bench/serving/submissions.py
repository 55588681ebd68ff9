"""Submissions a second, each durable before it is answered."""

import statistics
from typing import Any

from bench.serving import process
from bench.serving.content import Content
from bench.serving.load import load, request

REPEATS, SECONDS = 3, 3.0


def measure(content: Content) -> dict[str, Any]:
    """Jobs that are submitted stay queued: no worker runs."""
    asked = [request("POST", "/v1/jobs", content.key, {}, b'{"name": "one of many"}')]
    with process.api(content.home) as api:
        load(api, asked, 201, seconds=0.5)
        loads = [load(api, asked, 201, seconds=SECONDS) for _ in range(REPEATS)]
    rates = [one.rate for one in loads]
    return {
        "n": REPEATS, "per_second": round(statistics.median(rates)),
        "spread": [round(min(rates)), round(max(rates))],
        "p99_milliseconds": round(statistics.median(one.milliseconds(99) for one in loads), 2),
        "cpu_microseconds": round(statistics.median(one.microseconds for one in loads)),
    }  # fmt: skip
