"""What the API carries: one process, 16 keep-alive connections, ratios to an empty route in the same run.

python -m bench.service [poll list submit download listen series] [--jobs 1000 10000 100000] [--out FILE]

The home is a temporary one on SQLite, written through to the disk. Parts that are not named keep the figures
that the file has.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.serving import conditions, content, downloads, listeners, lists, polls, series, submissions
from bench.serving.content import Content

RESULTS = Path(__file__).parent / "results" / "service.json"
PARTS: dict[str, Callable[[Content], dict[str, Any]]] = {
    "poll": polls.measure,
    "list": lists.measure,
    "listen": listeners.measure,
    "download": downloads.measure,
    "series": series.measure,
    "submit": submissions.measure,  # the last: it leaves jobs behind
}
# Rows of the table: the part, where the figure stands in it, and what is promised.
SHOWN = (
    ("poll", "empty.per_second", ""),
    ("poll", "poll.ratio", "≥ 0.25"),
    ("poll", "poll.ratio_of_cpu", ""),
    ("poll", "poll.p99_milliseconds", "≤ 50"),
    ("poll", "unchanged.ratio", "≥ 0.40"),
    ("poll", "unchanged.ratio_of_cpu", ""),
    ("poll", "unchanged.p99_milliseconds", "≤ 50"),
    ("poll", "poll_of_queued.ratio", ""),
    ("list", "first_16.p95_milliseconds", "≤ 30"),
    ("list", "deep_16.p95_milliseconds", "≤ 30"),
    ("list", "first_1.p95_milliseconds", ""),
    ("list", "deep_1.p95_milliseconds", ""),
    ("listen", "last_heard_seconds", "≤ 1"),
    ("listen", "api_resident_megabytes", "≤ 300"),
    ("download", "megabytes_per_second", "≥ 400"),
    ("download", "same_digest_after_cuts", "True"),
    ("series", "connections_1.p95_milliseconds", "≤ 100"),
    ("series", "connections_16.p95_milliseconds", ""),
    ("series", "spike_is_shown", "True"),
    ("submit", "per_second", "≥ 150"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=" ".join(PARTS))
    parser.add_argument("--jobs", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    parts = [name for name in PARTS if name in chosen.parts or not chosen.parts]
    result = json.loads(chosen.out.read_text()) if chosen.out.exists() else {"parts": {}}
    result |= conditions.machine()
    for jobs in chosen.jobs:
        for name, figures in measured(parts, jobs):
            result["parts"].setdefault(name, {})[str(jobs)] = figures
            chosen.out.write_text(json.dumps(result, indent=1) + "\n")
    print(result["device"])
    print(table(result["parts"], chosen.jobs))


def measured(parts: list[str], jobs: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Figures of each part, on a home with so many jobs."""
    with tempfile.TemporaryDirectory() as folder:
        made = content.made(Path(folder) / "home")
        content.grow(made, jobs)
        for name in parts:
            figures: dict[str, Any] = {}
            with conditions.watched(figures):
                figures |= PARTS[name](made)
            print(name, jobs, json.dumps(figures))
            yield name, figures


def table(parts: dict[str, Any], sizes: list[int]) -> str:
    """A row for each figure, a column for each number of jobs; beside them how busy the machine was."""
    head = ["figure", "promised", *(f"{size:,} jobs" for size in sizes)]
    rows = [
        [f"{part} {path}", promised, *(str(_at(parts[part].get(str(size), {}), path)) for size in sizes)]
        for part, path, promised in SHOWN
        if part in parts
    ]
    rows += [
        [f"{part} cores that others used", "",
         *(str(_at(parts[part].get(str(size), {}), "cores_that_others_used")) for size in sizes)]
        for part in parts
    ]  # fmt: skip
    return "\n".join(" | ".join(row) for row in [head, *rows])


def _at(figures: Any, path: str) -> Any:
    for name in path.split("."):
        figures = figures.get(name, {}) if isinstance(figures, dict) else {}
    return "-" if figures == {} else figures


if __name__ == "__main__":
    main()
