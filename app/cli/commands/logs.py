"""distillery logs"""

import click

from app.cli import options
from app.cli.naming import job_named
from app.cli.screen import answer, answer_json
from app.client import Distillery

MOST = 10_000


@click.command()
@options.job
@click.option("-n", "--tail", type=click.IntRange(1, MOST), default=100, show_default=True,
              help="So many of the last lines.")  # fmt: skip
@click.option("--level", type=click.Choice(["info", "warning", "error"]), help="Only lines of this level.")
@options.output
def logs(job: str, tail: int, level: str | None, output: str) -> None:
    """Print what a job wrote.

    \b
    distillery logs --tail 20
    distillery logs digits --level error
    """
    with Distillery() as service:
        lines = job_named(service, job).logs(tail=tail, level=level)
    if output == "json":
        answer_json(lines)
        return
    for line in lines:
        answer(line.text)
