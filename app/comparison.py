"""Jobs side by side: where their specs differ, and what was measured of each."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from app.schemas.compare import Comparison, Difference, JobColumn, ReportRow, ReportValue
from core.errors import NotFound
from core.files import FileStore
from core.store import artifacts
from core.store.session import Session
from core.store.tables import Job

REPORT = "report.json"
LARGEST_REPORT = 4 << 20
# They say nothing about the work.
FOR_PEOPLE = ("/name", "/tags", "/priority")
Better = Literal["higher", "lower"]
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One line of the comparison, and where in a report it stands. `interval`: 95 %, from low to high."""

    name: str
    unit: str
    better: Better | None
    path: tuple[str, ...]
    interval: tuple[str, ...] | None = None


ROWS = (
    Row(
        "student_accuracy",
        "ratio",
        "higher",
        ("student", "test", "accuracy"),
        ("student", "test", "interval"),
    ),
    Row(
        "teacher_accuracy",
        "ratio",
        "higher",
        ("teacher", "test", "accuracy"),
        ("teacher", "test", "interval"),
    ),
    Row("student_mse", "", "lower", ("student", "test", "mse")),
    Row("teacher_mse", "", "lower", ("teacher", "test", "mse")),
    Row("student_nll", "nats", "lower", ("student", "test", "nll")),
    Row("agreement", "ratio", "higher", ("agreement",)),
    Row("compression", "times", "higher", ("summary", "compression")),
    Row("speedup", "times", "higher", ("summary", "speedup")),
    Row("student_parameters", "", "lower", ("student", "parameters")),
    Row("student_bytes", "bytes", "lower", ("student", "file", "bytes")),
    Row("teacher_parameters", "", None, ("teacher", "parameters")),
    Row("student_training_seconds", "seconds", "lower", ("student", "training_seconds")),
    Row("total_seconds", "seconds", "lower", ("seconds", "total")),
)


def compare(session: Session, files: FileStore, found: Sequence[Job]) -> Comparison:
    """What differs, and what was measured; a job without a report has its summary, or nothing."""
    reports = [_measured(session, files, job) for job in found]
    return Comparison(
        jobs=[JobColumn.of(job, _device(report)) for job, report in zip(found, reports, strict=True)],
        differences=_differences([job.resolved for job in found]),
        rows=[row for row in _rows(reports) if any(value is not None for value in row.values)],
    )


def stored_report(session: Session, files: FileStore, job_id: str) -> dict[str, Any]:
    """The report of a job as its trainer wrote it.

    NotFound    it has none, or none that can be read
    """
    artifact = artifacts.get(session, job_id, REPORT)
    if artifact.bytes <= LARGEST_REPORT:
        with suppress(ValueError, OSError, RecursionError):
            found = json.loads(files.path(artifact.digest).read_bytes())
            if isinstance(found, dict):
                return found
    raise NotFound("the report of this job can't be read", hint="Download it: /artifacts/report.json.")


def _measured(session: Session, files: FileStore, job: Job) -> Document:
    """The report; where there is none, what the summary says of it."""
    with suppress(NotFound):
        return stored_report(session, files, job.id)
    summary = job.summary or {}
    return {
        "summary": summary,
        **{
            role: {"test": {name: summary.get(f"{role}_{name}") for name in ("accuracy", "mse")}}
            for role in ("student", "teacher")
        },
    }


def _device(report: Document) -> str | None:
    hardware = _at(report, ("hardware",))
    found = hardware.get("gpu") or hardware.get("cpu") if isinstance(hardware, dict) else None
    return found if isinstance(found, str) else None


def _differences(specs: Sequence[Document]) -> list[Difference]:
    flat = [_leaves(spec) for spec in specs]
    pointers = dict.fromkeys(pointer for leaves in flat for pointer in leaves)
    return [
        Difference(pointer=pointer, values=[leaves.get(pointer) for leaves in flat])
        for pointer in pointers
        if not pointer.startswith(FOR_PEOPLE)
        and len({json.dumps(leaves.get(pointer)) for leaves in flat}) > 1
    ]


def _leaves(value: Any, pointer: str = "") -> dict[str, Any]:
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    found = [leaf for key, item in items for leaf in _leaves(item, f"{pointer}/{_escaped(key)}").items()]
    return dict(found) if found else {pointer: value}


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _rows(reports: Sequence[Document]) -> list[ReportRow]:
    found = [
        _row(row.name, row.unit, row.better, [_value(report, row) for report in reports]) for row in ROWS
    ]
    timed = [_latencies(report) for report in reports]
    for batch in sorted({batch for one in timed for batch in one}):
        found.append(_row(f"latency_batch_{batch}", "seconds", "lower", [one.get(batch) for one in timed]))
    return found


def _row(name: str, unit: str, better: Better | None, values: list[ReportValue | None]) -> ReportRow:
    known = [value.value for value in values if value is not None]
    best = None if better is None or len(known) < 2 else max(known) if better == "higher" else min(known)
    marked = [i for i, value in enumerate(values) if value is not None and value.value == best]
    return ReportRow(name=name, unit=unit, better=better, values=values, best=marked)


def _value(report: Document, row: Row) -> ReportValue | None:
    value = _number(_at(report, row.path))
    ends = _at(report, row.interval) if row.interval else None
    low, high = map(_number, ends) if isinstance(ends, list) and len(ends) == 2 else (None, None)
    return None if value is None else ReportValue(value=value, low=low, high=high)


def _latencies(report: Document) -> dict[int, ReportValue]:
    """The median of the student's answers, by batch size; `high` is what 95 % of them do not exceed."""
    found = {}
    timed = _at(report, ("student", "latency"))
    for one in timed if isinstance(timed, list) else ():
        value, batch = _number(_at(one, ("p50_seconds",))), _at(one, ("batch",))
        if value is not None and type(batch) is int:
            found[batch] = ReportValue(value=value, low=None, high=_number(_at(one, ("p95_seconds",))))
    return found


def _at(document: Any, path: Sequence[str]) -> Any:
    for part in path:
        document = document.get(part) if isinstance(document, dict) else None
    return document


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
