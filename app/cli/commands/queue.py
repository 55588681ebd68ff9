"""distillery queue"""

import click

from app.cli import options
from app.cli.screen import answer_json, answer_table, columns, plain, say
from app.cli.wording import ago
from app.client import Distillery, Queue


@click.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True,
              help="At most so many that wait, and so many that run.")  # fmt: skip
@options.output
def queue(limit: int, output: str) -> None:
    """Show what runs, and what waits, in the order in which it is taken.

    \b
    distillery queue
    distillery queue -o json
    """
    with Distillery() as service:
        found = service.queue(limit)
    if output == "json":
        answer_json(found)
    elif found.waiting or found.running:
        _show(found)
    if output != "json":
        say(_counts(found))


def _show(found: Queue) -> None:
    table = columns("PLACE", "JOB", "NAME", "WHY OR WHERE", "SINCE")
    for runs in found.running:
        since = ago(runs.started_at) if runs.started_at else ""
        where = f"{runs.phase or 'runs'} on {runs.host}"
        table.add_row("runs", runs.id, plain(runs.name or ""), plain(where), since)
    for waits in found.waiting:
        table.add_row(
            str(waits.position),
            waits.id,
            plain(waits.name or ""),
            waits.queued_because,
            ago(waits.created_at),
        )
    answer_table(table)


def _counts(found: Queue) -> str:
    others = found.running_of_others + found.waiting_of_others
    text = f"{found.running_total} running, {found.waiting_total} waiting"
    return f"{text}; {others} of them of others" if others else text
