"""distillery convert"""

import subprocess
import sys

import click

CONVERTER = "worker.convert"


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="MODEL.pt [OPTIONS]")
def convert(arguments: tuple[str, ...]) -> int:
    """Write weights of torch's own format as safetensors, on this machine.

    \b
    distillery convert model.pt
    distillery convert model.pt --out teacher.safetensors --architecture resnet18 --classes cat,dog
    """
    # A program of its own: it loads torch, which nothing else of the command does.
    return subprocess.run([sys.executable, "-m", CONVERTER, *arguments]).returncode
