"""distillery version"""

import platform
from importlib.metadata import version as version_of

import click

from app.cli import options
from app.cli.screen import answer, answer_json


@click.command()
@options.output
def version(output: str) -> None:
    """Print the version of this command."""
    versions = {"distillery": version_of("distillery"), "python": platform.python_version()}
    if output == "json":
        answer_json(versions)
    else:
        answer(f"distillery {versions['distillery']} (Python {versions['python']})")
