"""distillery run"""

import click

from app.cli import options
from app.cli.assignment import assign
from app.cli.complaint import warn
from app.cli.exits import Exit
from app.cli.following.follow import follow
from app.cli.screen import answer, answer_json, say
from app.cli.spec_file import read_spec
from app.client import Distillery


@click.command()
@options.spec
@options.assignments
@click.option("--name", help="Name of the job, for people.")
@click.option("-d", "--detach", is_flag=True, help="Print the job's id and go away.")
@options.timeout
@options.output
def run(
    spec: str | None, assignments: tuple[str, ...], name: str | None, detach: bool, timeout: float | None,
    output: str,
) -> Exit:  # fmt: skip
    """Queue a job and follow it to its end.

    SPEC is a JSON or YAML file, or - for stdin; without one, every value is the default.
    Ctrl-C stops the following, not the job.

    \b
    distillery run spec.yaml
    distillery run --set dataset=digits --set optimization.epochs=5
    distillery run spec.json --set regularizers[0].strength=1e-3 --name "stronger"
    id=$(distillery run spec.json --detach)
    """
    document = read_spec(spec) if spec else {}
    for assignment in assignments:
        assign(document, assignment)
    if name is not None:
        document["name"] = name
    with Distillery() as service:
        job = service.jobs.create(**document)
        warn(job.info.warnings)
        if not detach:
            say(f"queued as {job.id}")
            return follow(job, timeout, output)
    if output == "json":
        answer_json(job.info)
    else:
        answer(job.id)
    return Exit.OK
