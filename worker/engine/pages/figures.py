"""The plots of a report."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Any

from worker.engine.pages.svg import drawn

Report = Mapping[str, Any]
Rows = Sequence[tuple[str, int, int, float, float]]  # name, step, epoch, seconds, value

TEACHER, STUDENT, BASELINE, LOST = "#8b8f9a", "#2f7de1", "#d9822b", "#d5484d"
ACCURACIES = {
    "teacher": ("teacher/accuracy", TEACHER),
    "student": ("validation/accuracy", STUDENT),
    "alone": ("baseline/accuracy", BASELINE),
}
LOSSES = {
    "teacher": ("teacher/train/epoch_loss", TEACHER),
    "student": ("train/epoch_loss", STUDENT),
    "alone": ("baseline/train/epoch_loss", BASELINE),
}
TERM = "train/term/"
MOST_CLASSES = 24  # bars that can be read
LONGEST = 24  # characters of a name
PLAIN, LOW_ROW = (5.4, 3.2), 0.26


def figures(report: Report, rows: Rows) -> Iterator[tuple[str, str]]:
    """Title and SVG of each plot that there is something to show in."""
    yield from curves("Accuracy on the validation split", "accuracy", ACCURACIES, rows)
    yield from objective(rows)
    yield "Sure, and right", drawn("sure", "Reliability", partial(_reliability, report=report), PLAIN)
    changed = _most_changed(report["classes"])
    if changed:
        size = (PLAIN[0], 1.2 + LOW_ROW * len(changed))
        title = "Accuracy of each class, student less teacher"
        yield title, drawn("classes", title, partial(_changes, classes=changed), size)
    if confused := report["newly_confused"]:
        size = (PLAIN[0], 1.2 + 1.6 * LOW_ROW * len(confused))
        title = "Mistakes that the student makes more often"
        yield title, drawn("confused", title, partial(_confusions, confused=confused), size)


def objective(rows: Rows) -> Iterator[tuple[str, str]]:
    """What training made small, epoch by epoch: the whole, and what it is the sum of."""
    yield from curves("Training objective", "loss", LOSSES, rows)
    names = sorted({name for name, *_ in rows if name.startswith(TERM)})
    if len(names) > 1:
        title = "Its terms, each before its weight, and its penalties"
        found = {name.removeprefix(TERM): by_epoch(rows, name) for name in names}
        yield title, drawn("terms", title, partial(_terms, found=found), PLAIN)


def curves(
    title: str, name: str, lines: Mapping[str, tuple[str, str]], rows: Rows
) -> Iterator[tuple[str, str]]:
    """One plot of those metrics that there are.

    lines   metric and colour, by what the line is called
    """
    known = {label: (_curve(rows, metric), colour) for label, (metric, colour) in lines.items()}
    found = {label: curve for label, curve in known.items() if curve[0]}
    if found:
        yield title, drawn(name, title, partial(_curves, found=found), PLAIN)


def by_epoch(rows: Rows, metric: str) -> list[tuple[int, float]]:
    """The mean of what was told within each epoch."""
    values: dict[int, list[float]] = {}
    for epoch, value in _curve(rows, metric):
        values.setdefault(epoch, []).append(value)
    return [(epoch, fmean(told)) for epoch, told in values.items()]


def _curve(rows: Rows, metric: str) -> list[tuple[int, float]]:
    return [(epoch, value) for name, _, epoch, _, value in rows if name == metric]


def _curves(axes: Any, found: Mapping[str, tuple[list[tuple[int, float]], str]]) -> None:
    for label, (points, colour) in found.items():
        _line(axes, points, label, color=colour)
    axes.legend()


def _terms(axes: Any, found: Mapping[str, list[tuple[int, float]]]) -> None:
    from matplotlib.ticker import LogFormatter  # here: only a report waits for it

    for label, points in found.items():
        _line(axes, points, label)
    # They differ by orders of magnitude; some are 0, or below it.
    if all(value > 0 for points in found.values() for _, value in points):
        axes.set_yscale("log")
        # Those by default write formulas, which are not read as such.
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(LogFormatter(labelOnlyBase=False))
    axes.legend(fontsize="small")


def _line(axes: Any, points: Sequence[tuple[int, float]], label: str, **style: Any) -> None:
    epochs, values = zip(*points, strict=True)
    axes.plot(epochs, values, label=label, marker="o" if len(points) < 20 else None, **style)
    axes.set_xlabel("epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)


def _reliability(axes: Any, report: Report) -> None:
    axes.plot([0, 1], [0, 1], linestyle=":", color=TEACHER)
    for role, colour in (("teacher", TEACHER), ("student", STUDENT)):
        bins = [one for one in report[role]["test"]["reliability"] if one["images"]]
        sure, right = ([one[what] for one in bins] for what in ("confidence", "accuracy"))
        axes.plot(sure, right, color=colour, marker="o", label=role)
    axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1.02), ylim=(0, 1.05))
    axes.legend()


def _most_changed(classes: Sequence[Report]) -> list[Report]:
    """Those that changed most, the greatest loss first."""
    most = sorted(classes, key=lambda one: -abs(one["change"]))[:MOST_CLASSES]
    return sorted(most, key=lambda one: one["change"])


def _changes(axes: Any, classes: Sequence[Report]) -> None:
    places = range(len(classes))
    values = [100 * one["change"] for one in classes]
    axes.barh(places, values, color=[LOST if value < 0 else STUDENT for value in values])
    axes.set_yticks(places, [shortened(one["name"]) for one in classes])
    axes.invert_yaxis()
    axes.set_xlabel("points")


def _confusions(axes: Any, confused: Sequence[Report]) -> None:
    for offset, role, colour in ((-0.2, "teacher", TEACHER), (0.2, "student", STUDENT)):
        axes.barh([i + offset for i in range(len(confused))], [one[role] for one in confused], 0.38,
                  color=colour, label=role)  # fmt: skip
    axes.set_yticks(
        range(len(confused)), [f"{shortened(one['label'])} → {shortened(one['decided'])}" for one in confused]
    )
    axes.invert_yaxis()
    axes.set_xlabel("decisions on the test split")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)  # above: bars may reach anywhere


def shortened(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
