"""distillery clone"""

from typing import Any

import click

from app.cli import options
from app.cli.assignment import assign
from app.cli.exits import Exit
from app.cli.naming import job_named
from app.cli.queued import queued
from app.client import Distillery


@click.command()
@options.job
@options.assignments
@click.option("--name", help="Name of the new job; else it has that of the old one.")
@options.detach
@options.timeout
@options.output
def clone(
    job: str, assignments: tuple[str, ...], name: str | None, detach: bool, timeout: float | None, output: str
) -> Exit:
    """Queue a job like one that is there, but for what is set, and follow it to its end.

    null gives the default back; a list is given whole, and so is a source or a data set of another kind.
    Ctrl-C stops the following, not the job.

    \b
    distillery clone digits --set seed=1
    distillery clone digits --set teacher.source.kind=model --set teacher.source.id=model_01J…
    distillery clone -d @last --set optimization.epochs=30 --set optimization.augmentation=null --name longer
    """
    patch: dict[str, Any] = {}
    for assignment in assignments:
        assign(patch, assignment)
    if name is not None:
        patch["name"] = name
    with Distillery() as service:
        return queued(job_named(service, job).clone(**patch), detach, timeout, output)
