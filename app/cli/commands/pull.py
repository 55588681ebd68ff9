"""distillery pull"""

from dataclasses import asdict
from pathlib import Path
from typing import Literal

import click

from app.cli import options
from app.cli.downloading import Downloading
from app.cli.naming import job_named
from app.cli.screen import answer, answer_json, say
from app.cli.wording import size
from app.client import Distillery

Format = Literal["safetensors", "pt"]


@click.command()
@options.job
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--to", type=click.Path(), default=".", help="Folder, or file for a single download.")
@click.option("--format", "format_", type=click.Choice(["safetensors", "pt"]), help="Of the student.")
@click.option("--all", "everything", is_flag=True, help="Every file of the job.")
@options.output
def pull(
    job: str, names: tuple[str, ...], to: str, format_: Format | None, everything: bool, output: str
) -> None:
    """Download the student of a job, or other files.

    A broken download goes on where it broke, now or when the command is given again. What is here
    already is not fetched again. Every file is verified by its sha256; prints where they lie.

    \b
    distillery pull
    distillery pull digits --to student.pt --format pt
    distillery pull @last report.json metrics.csv --to results/
    distillery pull @last --all --to results/
    """
    if (bool(names), everything, format_ is not None).count(True) > 1:
        raise click.UsageError("give only one of NAME, --all and --format")
    with Distillery() as service, Downloading() as shown:
        found = job_named(service, job)
        if everything:
            names = tuple(artifact.name for artifact in found.artifacts())
        target = _target(to, is_folder=everything or len(names) > 1)
        if names or everything:
            got = [found.download(name, target, shown.of(name)) for name in names]
        else:
            got = [found.checkpoint(target, format_ or "safetensors", shown.of("student"))]
    if output == "json":
        answer_json([{**asdict(one), "path": str(one.path)} for one in got])
        return
    for one in got:
        say(f"{one.path.name}  {size(one.bytes)}  sha256 {one.sha256[:12]}… verified")
        answer(str(one.path))


def _target(to: str, *, is_folder: bool) -> Path:
    """Where to; a folder is made, if it is meant to be one."""
    path = Path(to)
    if is_folder or to.endswith("/"):
        path.mkdir(parents=True, exist_ok=True)
    return path
