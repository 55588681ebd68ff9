"""The plots of a report on a table."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from worker.engine.pages.figures import (
    BASELINE,
    PLAIN,
    STUDENT,
    TEACHER,
    Report,
    Rows,
    curves,
    figures,
    objective,
)
from worker.engine.pages.svg import drawn

ERRORS = {
    "teacher": ("teacher/mse", TEACHER),
    "student": ("validation/mse", STUDENT),
    "alone": ("baseline/mse", BASELINE),
}
OFF = "By how much predictions are off, on the test split"


def table_figures(report: Report, rows: Rows) -> Iterator[tuple[str, str]]:
    """Title and SVG of each plot: of classes as of those of images, of a measure its errors."""
    if report["dataset"]["class_names"]:
        yield from figures(report, rows)
        return
    yield from curves("Mean squared error on the validation split", "error", ERRORS, rows)
    yield from objective(rows)
    yield OFF, drawn("residuals", OFF, partial(_residuals, found=report["residuals"]), PLAIN)


def _residuals(axes: Any, found: Mapping[str, Any]) -> None:
    for role, colour in (("teacher", TEACHER), ("student", STUDENT)):
        axes.stairs(found["counts"][role], found["edges"], color=colour, label=role, linewidth=1.5)
    axes.axvline(0, color=TEACHER, linestyle=":")
    axes.set(xlabel="prediction less truth", ylabel="rows")
    axes.legend()
