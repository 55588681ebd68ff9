"""distillery clone"""

from typing import Any

import click

from app.cli import options
from app.cli.assignment import assign
from app.cli.complaint import warn
from app.cli.naming import job_named
from app.cli.screen import answer, answer_json
from app.client import Distillery


@click.command()
@options.job
@options.assignments
@click.option("--name", help="Name of the new job; else it has that of the old one.")
@options.output
def clone(job: str, assignments: tuple[str, ...], name: str | None, output: str) -> None:
    """Queue a job like one that is there, but for what is set.

    null gives the default back; a list is given whole. Prints the id of the new job.

    \b
    distillery clone digits --set seed=1
    distillery clone @last --set optimization.epochs=30 --set optimization.augmentation=null --name longer
    """
    patch: dict[str, Any] = {}
    for assignment in assignments:
        assign(patch, assignment)
    if name is not None:
        patch["name"] = name
    with Distillery() as service:
        made = job_named(service, job).clone(**patch)
    warn(made.info.warnings)
    if output == "json":
        answer_json(made.info)
    else:
        answer(made.id)
