"""report.html: what was gained and what was lost, for a person. One file, which loads nothing."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from worker.engine.pages.figures import Report, Rows, figures
from worker.engine.pages.parts import alone, classes, conditions, framed, plots, sizes
from worker.engine.pages.recipe import taught, trained_html
from worker.engine.pages.words import count, milliseconds, percent, points, size, table, within

ROLES = ("teacher", "student")


def page(report: Report, rows: Rows) -> str:
    """The report as HTML.

    report   as in report.json
    rows     every metric of the run
    """
    title = report["name"] or f"{_named(report['teacher'])} into {_named(report['student'])}"
    return framed(
        title,
        f"{_said(report)}{alone(report)}{_key_figures(report)}<h2>Both networks</h2>{_networks(report)}"
        f"{plots(figures(report, rows))}{_exports(report)}{classes(report)}"
        f"{trained_html(report)}{conditions(report)}",
    )


def _named(network: Mapping[str, Any]) -> str:
    width = network["width"]
    return f"{network['architecture']}{'' if width == 1 else f' × {width:g}'}"


def _said(report: Report) -> str:
    """The outcome in a sentence."""
    found, data = report["student_against_teacher"], report["dataset"]
    change, (low, high) = found["accuracy_change"], found["accuracy_change_interval"]
    way = "gains" if change > 0 else "loses" if change < 0 else "keeps its teacher's accuracy, a change of"
    return (
        f'<p class="soft">{escape(_named(report["teacher"]))} {taught(report)} '
        f"{escape(_named(report['student']))} on "
        f"{escape(data['title'])}. On {data['test_images']:,} test images the student {way} "
        f"{100 * abs(change):.2f} points (95 %: {100 * low:+.2f} to {100 * high:+.2f}, of the choice of test "
        f"images; another seed would differ, too).</p>"
    )


def _key_figures(report: Report) -> str:
    summary, student = report["summary"], report["student"]
    shown = [
        ("student accuracy", percent(summary["student_accuracy"]), within(student["test"]["interval"])),
        ("teacher accuracy", percent(summary["teacher_accuracy"]),
         within(report["teacher"]["test"]["interval"])),
        ("smaller", f"{summary['compression']:.3g} ×", f"{count(student['parameters'])} parameters"),
        ("agreement", percent(report["agreement"]), "same decision on the test split"),
    ]  # fmt: skip
    if summary["speedup"] is not None:
        shown.insert(3, ("faster", f"{summary['speedup']:.3g} ×", f"batch {student['latency'][0]['batch']}"))
    tiles = "".join(
        f'<div class="figure"><span class="small soft">{escape(what)}</span><b>{escape(value)}</b>'
        f'<span class="small soft">{escape(more)}</span></div>'
        for what, value, more in shown
    )
    return f'<div class="figures">{tiles}</div>'


def _networks(report: Report) -> str:
    both = [report[role] for role in ROLES]
    return table(("", *ROLES), _lines(both))


def _lines(both: list[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    tests = [one["test"] for one in both]
    yield ("network", *map(_named, both))
    yield ("test accuracy", *(percent(one["accuracy"]) for one in tests))
    yield ("95 % interval", *(within(one["interval"]) for one in tests))
    yield ("among the five likeliest", *(percent(one["top5_accuracy"]) for one in tests))
    yield ("negative log-likelihood", *(f"{one['nll']:.4f}" for one in tests))
    yield ("calibration error", *(f"{one['calibration_error']:.4f}" for one in tests))
    yield ("Brier score", *(f"{one['brier']:.4f}" for one in tests))
    yield from sizes(both)
    for timed in zip(*(one["latency"] for one in both), strict=True):
        batch = timed[0]["batch"]
        yield (f"latency p50, batch {batch}", *(milliseconds(one["p50_seconds"]) for one in timed))
        yield (f"latency p95, batch {batch}", *(milliseconds(one["p95_seconds"]) for one in timed))
        yield (f"images a second, batch {batch}", *(count(one["images_per_second"]) for one in timed))
    yield ("best epoch", *(f"{one['best_epoch']} of {one['epochs']}" for one in both))


def _exports(report: Report) -> str:
    if not report["exports"]:
        return ""
    heads = ("file", "size", "accuracy", "change", "agreement", "largest difference", "")
    return f"<h2>Other formats</h2>{table(heads, map(_export, report['exports'].values()))}"


def _export(one: Mapping[str, Any]) -> tuple[str, ...]:
    change, difference = one["accuracy_change"], one["max_abs_difference"]
    return (
        one["file"], size(one["bytes"]), percent(one["accuracy"]), "" if change is None else points(change),
        percent(one["agreement"]), "" if difference is None else f"{difference:.2g}",
        "checked" if one["passed"] else f"not handed over: {one['why']}",
    )  # fmt: skip
