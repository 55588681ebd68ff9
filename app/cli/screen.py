"""The result goes to stdout, everything else to stderr."""

import json
import sys
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Lines that another program reads are never folded.
UNFOLDED = 10_000


def answer(text: str) -> None:
    """One line of the result."""
    _stdout().print(Text(plain(text)), soft_wrap=True)


def answer_json(document: Any) -> None:
    """The result as JSON; results of the client are written as the service sent them."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=_document) + "\n")


def answer_text(text: str) -> None:
    """A whole document; on a terminal without what would steer it, in a file as it is."""
    sys.stdout.write(plain(text) if sys.stdout.isatty() else text)


def answer_table(table: Table) -> None:
    _stdout().print(table)


def columns(*headers: str) -> Table:
    """An empty table without lines; without headers, if none are given."""
    table = Table(box=None, pad_edge=False, show_header=bool(headers), header_style="dim")
    for header in headers:
        table.add_column(header, no_wrap=True)
    return table


def say(text: str, style: str = "") -> None:
    """One line beside the result."""
    stderr().print(Text(plain(text), style), soft_wrap=True)


def stderr() -> Console:
    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def plain(text: str) -> str:
    """Text that other people wrote, without what would steer the terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)


def _stdout() -> Console:
    width = None if sys.stdout.isatty() else UNFOLDED
    return Console(width=width, markup=False, highlight=False, emoji=False)


def _document(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)
