"""report.html of a job on a table: what was gained and what was lost, for a person."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from worker.engine.pages.figures import Report, Rows
from worker.engine.pages.parts import alone, classes, conditions, framed, lengths, plots, sizes
from worker.engine.pages.recipe import taught, trained_html
from worker.engine.pages.table_card import named
from worker.engine.pages.table_figures import table_figures
from worker.engine.pages.words import NONE, count, milliseconds, percent, points, size, table, within

ROLES = ("teacher", "student")
Network = Mapping[str, Any]


def table_page(report: Report, rows: Rows) -> str:
    """The report as HTML.

    report   as in report.json
    rows     every metric of the run
    """
    has_classes = bool(report["dataset"]["class_names"])
    by_class = classes(report, "rows") if has_classes else ""
    untaught = alone(report) if has_classes else _alone(report)
    return framed(
        report["name"] or f"{named(report['teacher'])} into {named(report['student'])}",
        f"{_said(report)}{untaught}<h2>Both networks</h2>{table(('', *ROLES), _lines(report))}"
        f"{plots(table_figures(report, rows))}{by_class}{_exports(report)}"
        f"{trained_html(report)}{conditions(report)}",
    )


def _said(report: Report) -> str:
    """Who taught whom what, in a sentence."""
    data = report["dataset"]
    return (
        f'<p class="soft">{escape(named(report["teacher"]))} {taught(report)} '
        f"{escape(named(report['student']))} to "
        f"predict {escape(data['target'])} from {len(data['columns'])} columns of {escape(data['title'])}: "
        f"{data['train_rows']:,} rows to train on, {data['validation_rows']:,} to validate with and "
        f"{data['test_rows']:,} to test with, on which all below was measured.{_alike(report)}</p>"
    )


def _alike(report: Report) -> str:
    """How often both decide alike, where they decide."""
    agreement = report["agreement"]
    return "" if agreement is None else f" On {percent(agreement)} of these both decide alike."


def _alone(report: Report) -> str:
    """How far the student is off where it was trained without its teacher, too."""
    if report["baseline"] is None:
        return ""
    error = report["baseline"]["test"]["rmse"]
    return (
        f"<p>Alone, with the same recipe{lengths(report)}, the student has a root mean squared error of "
        f"{error:.4g}.</p>"
    )


def _lines(report: Report) -> Iterator[tuple[str, ...]]:
    both = [report[role] for role in ROLES]
    yield ("network", *map(named, both))
    yield from (_of_classes if report["dataset"]["class_names"] else _of_a_measure)(both)
    yield from sizes(both)
    for timed in zip(*(one["latency"] for one in both), strict=True):
        batch = timed[0]["batch"]
        yield (f"latency p50, batch {batch}", *(milliseconds(one["p50_seconds"]) for one in timed))
        yield (f"latency p95, batch {batch}", *(milliseconds(one["p95_seconds"]) for one in timed))
        yield (f"rows a second, batch {batch}", *(count(one["images_per_second"]) for one in timed))
    yield ("best epoch", *(f"{one['best_epoch']} of {one['epochs']}" for one in both))


def _of_classes(both: list[Network]) -> Iterator[tuple[str, ...]]:
    tests = [one["test"] for one in both]
    yield ("test accuracy", *(percent(one["accuracy"]) for one in tests))
    yield ("95 % interval", *(within(one["interval"]) for one in tests))
    yield ("negative log-likelihood", *(f"{one['nll']:.4f}" for one in tests))
    yield ("calibration error", *(f"{one['calibration_error']:.4f}" for one in tests))
    yield ("Brier score", *(f"{one['brier']:.4f}" for one in tests))


def _of_a_measure(both: list[Network]) -> Iterator[tuple[str, ...]]:
    tests = [one["test"] for one in both]
    yield ("root mean squared error", *(f"{one['rmse']:.4g}" for one in tests))
    yield ("mean absolute error", *(f"{one['mae']:.4g}" for one in tests))
    yield ("share of the spread that is explained, R²", *(percent(one["r2"]) for one in tests))


def _exports(report: Report) -> str:
    if not report["exports"]:
        return ""
    quality = "accuracy" if report["dataset"]["class_names"] else "r2"
    named_so = "accuracy" if quality == "accuracy" else "R²"
    heads = ("file", "size", named_so, "change", "largest difference", "")
    rows = (
        (
            one["file"], size(one["bytes"]), percent(one.get(quality)), _change(one.get(f"{quality}_change")),
            _difference(one["max_abs_difference"]),
            "checked" if one["passed"] else f"not handed over: {one['why']}",
        )
        for one in report["exports"].values()
    )  # fmt: skip
    return f"<h2>Other formats</h2>{table(heads, rows)}"


def _difference(largest: float | None) -> str:
    return NONE if largest is None else f"{largest:.2g}"


def _change(change: float | None) -> str:
    return NONE if change is None else points(change)
