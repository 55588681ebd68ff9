"""distillery convert"""

import subprocess
import sys

import click

CONVERTER = "worker.convert"


@click.command()
@click.argument("source", metavar="MODEL.pt")
@click.option("--out", help="The new file; by default beside the old one.")
@click.option("--architecture", help="Which network it is, as `distillery catalog` calls it.")
@click.option("--classes", help="Names with commas between them, in the order of the outputs.")
def convert(source: str, out: str | None, architecture: str | None, classes: str | None) -> int:
    """Write weights of torch's own format as safetensors, on this machine. Needs torch.

    \b
    distillery convert model.pt
    distillery convert model.pt --out teacher.safetensors --architecture resnet18 --classes cat,dog
    """
    asked = {"--out": out, "--architecture": architecture, "--classes": classes}
    words = [f"{name}={value}" for name, value in asked.items() if value is not None]
    # A program of its own: it loads torch, which nothing else of the command does.
    return subprocess.run([sys.executable, "-m", CONVERTER, *words, "--", source]).returncode
