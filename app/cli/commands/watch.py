"""distillery watch"""

import click

from app.cli import options
from app.cli.exits import Exit
from app.cli.following.follow import follow
from app.cli.naming import job_named
from app.client import Distillery


@click.command()
@options.job
@options.timeout
@options.output
def watch(job: str, timeout: float | None, output: str) -> Exit:
    """Follow a job to its end, from wherever it is.

    Ctrl-C stops the following, not the job. The exit code says how the job ended.

    \b
    distillery watch
    distillery watch digits --timeout 600
    """
    with Distillery() as service:
        return follow(job_named(service, job), timeout, output)
