"""distillery edit"""

from typing import Any

import click

from app.cli import options
from app.cli.naming import job_named
from app.cli.screen import answer, answer_json
from app.client import Distillery


@click.command()
@options.job
@click.option("--name", help='Another name; "" takes it away.')
@click.option("--tag", "tags", multiple=True, metavar="TAG",
              help='Instead of the tags it has; may be given several times. "" takes all away.')  # fmt: skip
@click.option("--priority", type=click.IntRange(0, 100), help="Higher runs first.")
@options.output
def edit(job: str, name: str | None, tags: tuple[str, ...], priority: int | None, output: str) -> None:
    """Change the name, the tags or the priority of a job.

    \b
    distillery edit digits --name "digits, stronger"
    distillery edit @last --tag trial --tag paper
    distillery edit job_01J8 --priority 90
    """
    changes = _changes(name, tags, priority)
    if not changes:
        raise click.UsageError("give at least one of --name, --tag and --priority")
    with Distillery() as service:
        found = job_named(service, job).update(**changes)
    if output == "json":
        answer_json(found.info)
    else:
        answer(found.id)


def _changes(name: str | None, tags: tuple[str, ...], priority: int | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = name or None
    if tags:
        changes["tags"] = [tag for tag in tags if tag]
    if priority is not None:
        changes["priority"] = priority
    return changes
