"""distillery compare, distillery report"""

from typing import Literal

import click

from app.cli import options
from app.cli.naming import job_named
from app.cli.screen import answer_json, answer_table, answer_text, columns, plain
from app.cli.wording import UNKNOWN, duration, percent, size, times
from app.client import Comparison, Distillery
from app.client.comparison import ReportRow


@click.command()
@click.argument("jobs", nargs=-1, required=True, metavar="JOB JOB…")
@options.output
def compare(jobs: tuple[str, ...], output: str) -> None:
    """Compare jobs: where their specs differ, and what was measured of each.

    The best of each row is marked with *.

    \b
    distillery compare @last digits
    distillery compare job_01J8 job_01J9 -o json
    """
    with Distillery() as service:
        found = service.compare(*(job_named(service, job).id for job in jobs))
    if output == "json":
        answer_json(found)
        return
    _show(found)


@click.command()
@options.job
@click.option(
    "--format", "format_", type=click.Choice(["json", "html", "markdown"]), default="json",
    show_default=True, help="A page with plots as HTML, the card of the model as Markdown.",
)  # fmt: skip
def report(job: str, format_: Literal["json", "html", "markdown"]) -> None:
    """Print the report of a job: everything that was measured.

    \b
    distillery report
    distillery report digits --format html > report.html
    """
    with Distillery() as service:
        found = job_named(service, job)
        if format_ == "json":
            answer_json(found.report())
        else:
            answer_text(found.report_page(format_))


def _show(found: Comparison) -> None:
    table = columns("", *(plain(job.name or job.id) for job in found.jobs))
    table.add_row("job", *(job.id for job in found.jobs))
    table.add_row("state", *(job.state for job in found.jobs))
    for difference in found.differences:
        values = (UNKNOWN if value is None else plain(str(value)) for value in difference.values)
        table.add_row(plain(difference.pointer[1:].replace("/", ".")), *values)
    for row in found.rows:
        table.add_row(row.name, *(_cell(row, place) for place in range(len(row.values))))
    answer_table(table)


def _cell(row: ReportRow, place: int) -> str:
    found = row.values[place]
    if found is None:
        return UNKNOWN
    text = _worded(row.unit, found.value)
    if row.unit == "ratio" and found.low is not None and found.high is not None:
        text += f" ({100 * found.low:.1f}–{100 * found.high:.1f})"
    return f"{text} *" if place in row.best else text


def _worded(unit: str, value: float) -> str:
    match unit:
        case "ratio":
            return percent(value)
        case "times":
            return times(value)
        case "bytes":
            return size(round(value))
        case "seconds":
            return duration(value) if value >= 1 else f"{1000 * value:.2f} ms"
    return f"{value:,.0f}" if value == round(value) else f"{value:.4f}"
