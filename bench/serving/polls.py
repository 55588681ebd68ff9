"""What a poll costs, beside a route that does nothing: whole answers, and 304."""

import statistics
from typing import Any

from bench.serving import process
from bench.serving.content import Content, in_state
from bench.serving.load import Load, get, load
from bench.serving.process import Server
from core.lifecycle import JobState

REPEATS, SECONDS = 5, 2.0
WARM_SECONDS = 0.5
Kinds = dict[str, tuple[Server, int, list[bytes]]]


def measure(content: Content) -> dict[str, Any]:
    """Each kind beside the empty route, turn by turn, so that what disturbs one disturbs the other."""
    with process.api(content.home) as api, process.empty() as empty:
        kinds = {"empty": (empty, 200, [get("/")]), **_kinds(api, content)}
        _turn(kinds, WARM_SECONDS)
        turns = [_turn(kinds, SECONDS) for _ in range(REPEATS)]
        memory = api.resident_megabytes()
    figures = {name: _figures([(turn[name], turn["empty"]) for turn in turns]) for name in kinds}
    return {**figures, "api_resident_megabytes": memory}


def _kinds(api: Server, content: Content) -> Kinds:
    running, queued = in_state(content, JobState.RUNNING), in_state(content, JobState.QUEUED)
    unchanged = [
        get(f"/v1/jobs/{job_id}", content.key, If_None_Match=f'W/"{version}"') for job_id, version in running
    ]
    return {
        "poll": (api, 200, [get(f"/v1/jobs/{job_id}", content.key) for job_id, _ in running]),
        "unchanged": (api, 304, unchanged),
        "poll_of_queued": (api, 200, [get(f"/v1/jobs/{job_id}", content.key) for job_id, _ in queued]),
    }


def _turn(kinds: Kinds, seconds: float) -> dict[str, Load]:
    return {
        name: load(server, asked, status, seconds=seconds) for name, (server, status, asked) in kinds.items()
    }


def _figures(found: list[tuple[Load, Load]]) -> dict[str, Any]:
    """Of one kind, each time with the empty route that was measured just before."""
    loads = [load for load, _ in found]
    rates = [load.rate for load in loads]
    ratios = [load.rate / empty.rate for load, empty in found]
    costs = [empty.microseconds / load.microseconds for load, empty in found]
    return {
        "n": len(found), "per_second": round(statistics.median(rates)),
        "spread": [round(min(rates)), round(max(rates))],
        "ratio": round(statistics.median(ratios), 3),
        "ratio_spread": [round(min(ratios), 3), round(max(ratios), 3)],
        "ratio_of_cpu": round(statistics.median(costs), 3),
        "cpu_microseconds": round(statistics.median(load.microseconds for load in loads)),
        "p50_milliseconds": round(statistics.median(load.milliseconds(50) for load in loads), 2),
        "p99_milliseconds": round(statistics.median(load.milliseconds(99) for load in loads), 2),
        "p99_worst": round(max(load.milliseconds(99) for load in loads), 2),
        "caller_busy": round(max(load.busy for load in loads), 2),
    }  # fmt: skip
