"""Arguments and options that several commands have."""

import click

from app.cli.naming import LAST

Output = str

output = click.option(
    "-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="How to print the result.",
)  # fmt: skip
job = click.argument("job", default=LAST, metavar="[JOB]")
spec = click.argument(
    "spec", required=False, metavar="[SPEC]",
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True),
)  # fmt: skip
assignments = click.option(
    "--set", "assignments", multiple=True, metavar="PATH=VALUE",
    help="Change one value of the spec, such as optimization.epochs=5; may be given several times.",
)  # fmt: skip
detach = click.option("-d", "--detach", is_flag=True, help="Print the job's id and go away.")
timeout = click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
    help="Stop waiting after so long (exit code 8); the job goes on.",
)  # fmt: skip
