"""distillery cancel"""

import click

from app.cli import options
from app.cli.naming import job_named
from app.cli.screen import answer, answer_json
from app.client import Distillery


@click.command()
@click.argument("jobs", nargs=-1, required=True, metavar="JOB…")
@options.output
def cancel(jobs: tuple[str, ...], output: str) -> None:
    """Cancel jobs. A running one ends within seconds; cancelling twice does no harm.

    \b
    distillery cancel @last
    distillery cancel job_01J8 digits
    """
    with Distillery() as service:
        # All are looked up before any is cancelled: a typo cancels nothing.
        found = [job_named(service, job) for job in jobs]
        for job in found:
            job.cancel()
    if output == "json":
        answer_json([job.info for job in found])
        return
    for job in found:
        answer(f"{job.id} {job.state}")
