"""The document that a command line asks for: a file, what is set in it, and the files that it names."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.cli.assignment import assign
from app.cli.npy import rows
from app.cli.spec_file import STDIN, read_spec


def document(spec: str | None, assignments: Iterable[str]) -> dict[str, Any]:
    """What to send.

    spec    a file, or - for stdin; without one, every value is the default

    InvalidSpec         a file can't be read, or means nothing
    click.UsageError    an assignment can't be made
    """
    found = read_spec(spec) if spec else {}
    for assignment in assignments:
        assign(found, assignment)
    _fill_vectors(found, Path() if spec in (None, STDIN) else Path(str(spec)).parent)
    return found


def _fill_vectors(found: dict[str, Any], folder: Path) -> None:
    """Put the numbers of an .npy file, whose path counts from the spec's folder, where a spec names it.

    Only `vectors` can do so: anything else that is no list is the service's to refuse.
    """
    regularizers = found.get("regularizers")
    for regularizer in regularizers if isinstance(regularizers, list) else ():
        source = regularizer.get("source") if isinstance(regularizer, dict) else None
        if isinstance(source, dict) and source.get("kind") == "vectors":
            named = source.get("values")
            if isinstance(named, str):
                source["values"] = rows(folder / named)
