"""distillery predict"""

from itertools import zip_longest
from pathlib import Path

import click
from rich.table import Table

from app.cli import options
from app.cli.exits import Exit
from app.cli.naming import job_named
from app.cli.screen import answer_json, answer_table, columns, plain, say
from app.cli.wording import percent
from app.client import Distillery, Prediction
from app.client.predictions import ClassProbability
from core.errors import ImageUnreadable
from core.prediction import MOST_CLASSES


@click.command()
@click.argument("job")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE…",
                type=click.Path(path_type=Path))  # fmt: skip
@click.option("-k", "--top-k", type=click.IntRange(1, MOST_CLASSES), default=5, show_default=True,
              help="Classes to name.")  # fmt: skip
@options.output
def predict(job: str, images: tuple[Path, ...], top_k: int, output: str) -> Exit:
    """Show what the student and its teacher see on images.

    An image that can't be read is told, and the others are looked at all the same.

    \b
    distillery predict @last seven.png
    distillery predict digits *.png -k 3
    distillery predict digits seven.png -o json
    """
    found: dict[Path, Prediction] = {}
    with Distillery() as service:
        asked = job_named(service, job)
        for image in images:
            try:
                found[image] = asked.predict(image, top_k)
            except ImageUnreadable as error:
                say(f"error: {image}: {error.detail}", "red")
            except OSError as error:
                say(f"error: {image}: {error.strerror}", "red")
    if output == "json":
        answer_json([{"path": str(path), **seen.model_dump(mode="json")} for path, seen in found.items()])
    elif found:
        answer_table(_table(found))
    return Exit.OK if len(found) == len(images) else Exit.FAILURE


def _table(found: dict[Path, Prediction]) -> Table:
    """A row for each class; what is said once of an image stands in its first."""
    table = columns("IMAGE", "STUDENT", "TEACHER", "AGREE", "STUDENT MS", "TEACHER MS", "IN ALL MS")
    for path, seen in found.items():
        once = [
            "yes" if seen.agree else "no", f"{seen.student.forward_milliseconds:.1f}",
            f"{seen.teacher.forward_milliseconds:.1f}", f"{seen.total_milliseconds:.1f}",
        ]  # fmt: skip
        name = str(path)
        for student, teacher in zip_longest(seen.student.top, seen.teacher.top):
            table.add_row(plain(name), _class(student), _class(teacher), *once)
            name, once = "", []
    return table


def _class(seen: ClassProbability | None) -> str:
    return "" if seen is None else f"{plain(seen.class_name)} {percent(seen.probability)}"
