"""distillery workers"""

import click

from app.cli import options
from app.cli.screen import answer_json, answer_table, columns, plain, say
from app.cli.wording import ago
from app.client import Distillery, Worker


@click.command()
@options.output
def workers(output: str) -> None:
    """List workers, and what they work on.

    \b
    distillery workers
    distillery workers -o json
    """
    with Distillery() as service:
        found = service.workers()
    if output == "json":
        answer_json(found)
    elif found:
        _show(found)
    else:
        say("no workers")


def _show(found: list[Worker]) -> None:
    table = columns("WORKER", "HOST", "FOR", "GPUS", "SLOTS", "HEARD OF", "WORKS ON")
    for worker in found:
        heard = ago(worker.seen_at) if worker.alive else f"silent since {ago(worker.seen_at)}"
        others = [f"{worker.jobs_of_others} of others"] if worker.jobs_of_others else []
        works_on = ", ".join([*worker.jobs, *others])
        table.add_row(
            worker.id, plain(worker.host), plain(worker.queue), str(worker.gpus), str(worker.slots), heard,
            works_on,
        )  # fmt: skip
    answer_table(table)
