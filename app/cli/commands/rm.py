"""distillery rm"""

import click

from app.cli.naming import job_named
from app.cli.screen import answer
from app.client import Distillery


@click.command()
@click.argument("jobs", nargs=-1, required=True, metavar="JOB…")
def rm(jobs: tuple[str, ...]) -> None:
    """Remove jobs that have ended.

    With them go their events, metrics, logs and files. There is no way back, so that JOB has no default.

    \b
    distillery rm job_01J8 digits
    """
    with Distillery() as service:
        # All are looked up before one is removed: a typo changes nothing.
        for job in [job_named(service, job) for job in jobs]:
            job.delete()
            answer(job.id)
