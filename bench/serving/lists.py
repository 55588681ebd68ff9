"""A list's first page and its hundredth."""

import json
import statistics
import urllib.request
from typing import Any
from urllib.parse import urlencode

from bench.serving import process
from bench.serving.content import Content
from bench.serving.load import Load, get, load
from bench.serving.process import Server

REPEATS, SECONDS = 5, 2.0
PAGE = 20
DEPTH = 100


def measure(content: Content) -> dict[str, Any]:
    with process.api(content.home) as api:
        first = f"/v1/jobs?{urlencode({'limit': PAGE})}"
        pages = {"first": first, "deep": _deep(api, content.key, first)}
        found: dict[str, list[Load]] = {f"{name}_{n}": [] for n in (1, 16) for name in pages}
        for repeat in range(REPEATS):
            for connections in (1, 16):
                for name, path in pages.items():
                    asked = [get(path, content.key)]
                    seen = load(api, asked, 200, seconds=SECONDS, connections=connections)
                    if repeat:  # the first warms up
                        found[f"{name}_{connections}"].append(seen)
    return {"page": PAGE, "depth": DEPTH, **{name: _figures(loads) for name, loads in found.items()}}


def _deep(api: Server, key: str, path: str) -> str:
    """The hundredth page, or the last where there are fewer."""
    following = path
    for _ in range(DEPTH - 1):
        headers = {"Authorization": f"Bearer {key}"}
        asked = urllib.request.Request(f"http://127.0.0.1:{api.port}{following}", headers=headers)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            cursor = json.load(answer)["next_cursor"]
        if cursor is None:
            return following
        following = f"{path}&{urlencode({'cursor': cursor})}"
    return following


def _figures(loads: list[Load]) -> dict[str, Any]:
    p95 = [one.milliseconds(95) for one in loads]
    return {
        "n": len(loads), "per_second": round(statistics.median(one.rate for one in loads)),
        "p50_milliseconds": round(statistics.median(one.milliseconds(50) for one in loads), 2),
        "p95_milliseconds": round(statistics.median(p95), 2),
        "p95_spread": [round(min(p95), 2), round(max(p95), 2)],
        "cpu_microseconds": round(statistics.median(one.microseconds for one in loads)),
    }  # fmt: skip
