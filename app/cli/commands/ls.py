"""distillery ls"""

from itertools import islice
from typing import get_args

import click

from app.cli import options
from app.cli.outcome import qualities
from app.cli.screen import answer_json, answer_table, columns, plain, say
from app.cli.wording import UNKNOWN, ago
from app.client import Distillery, JobRow
from app.client.jobs import Sort
from core.lifecycle import JobState

PAGE = 100


@click.command()
@click.option("--state", multiple=True, type=click.Choice([state.value for state in JobState]),
              help="Only jobs in this state; may be given several times.")  # fmt: skip
@click.option("--tag", "tags", multiple=True, metavar="TAG",
              help="Only jobs with this tag; given several times, with all of them.")  # fmt: skip
@click.option("--sort", type=click.Choice(get_args(Sort)), default="-created_at", show_default=True,
              help="The order; with - the largest first.")  # fmt: skip
@click.option("-q", "--query", metavar="TEXT", help="Only jobs whose name holds this text.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many.")
@options.output
def ls(
    state: tuple[str, ...], tags: tuple[str, ...], sort: Sort, query: str | None, limit: int, output: str
) -> None:
    """List jobs, newest first.

    \b
    distillery ls --state running --state queued
    distillery ls --tag trial --sort=-priority
    distillery ls -q digits -o json
    """
    with Distillery() as service:
        found = service.jobs.list(
            state=list(state) or None, tag=list(tags) or None, q=query, sort=sort, page_size=min(limit, PAGE)
        )
        rows = list(islice(found, limit))
    if output == "json":
        answer_json(rows)
    elif rows:
        _show(rows)
    else:
        say("no jobs")


def _show(rows: list[JobRow]) -> None:
    table = columns("JOB", "NAME", "STATE", "PROGRESS", "TEACHER", "STUDENT", "CREATED")
    for row in rows:
        table.add_row(
            row.id, plain(row.name or ""), row.state, _progress(row),
            *(qualities(row.summary) if row.summary else (UNKNOWN, UNKNOWN)), ago(row.created_at),
        )  # fmt: skip
    answer_table(table)


def _progress(row: JobRow) -> str:
    if row.finished or row.progress is None:
        return row.phase or ""
    return f"{row.phase or ''} {100 * row.progress.fraction:.0f} %".lstrip()
