"""distillery run"""

import click

from app.cli import options
from app.cli.document import document
from app.cli.exits import Exit
from app.cli.own_data import use_own
from app.cli.queued import queued
from app.client import Distillery


@click.command()
@options.spec
@options.assignments
@click.option("--name", help="Name of the job, for people.")
@click.option("--tag", "tags", multiple=True, metavar="TAG",
              help="Instead of the tags in the spec; may be given several times.")  # fmt: skip
@options.detach
@options.timeout
@options.output
def run(
    spec: str | None, assignments: tuple[str, ...], name: str | None, tags: tuple[str, ...], detach: bool,
    timeout: float | None, output: str,
) -> Exit:  # fmt: skip
    """Queue a job and follow it to its end.

    SPEC is a JSON or YAML file, or - for stdin; without one, every value is the default.
    Ctrl-C stops the following, not the job. Vectors of the regularizer `guided` may be the name of an .npy
    file with a row for each class, instead of numbers.

    \b
    distillery run spec.yaml
    distillery run --set dataset=digits --set optimization.epochs=5
    distillery run spec.json --set regularizers[0].strength=1e-3 --name "stronger" --tag trial
    id=$(distillery run spec.json --detach)
    """
    wanted = document(spec, assignments)
    if name is not None:
        wanted["name"] = name
    if tags:
        wanted["tags"] = list(tags)
    with Distillery() as service:
        use_own(service, wanted)
        return queued(service.jobs.create(**wanted), detach, timeout, output)
