"""distillery catalog"""

import json
from collections.abc import Iterator
from typing import Any

import click

from app.cli import options
from app.cli.screen import answer_json, answer_table, columns, plain
from app.client import Distillery
from core.errors import NotFound
from core.spec.problems import suggestion

Entry = dict[str, Any]
NAMES = ("kind", "name", "architecture")


@click.command()
@click.argument("entry", required=False)
@options.output
def catalog(entry: str | None, output: str) -> None:
    """List everything that a job can ask for, or show one ENTRY with its parameters.

    \b
    distillery catalog
    distillery catalog soft_targets
    distillery catalog resnet18
    """
    with Distillery() as service:
        known = service.catalog()
    found = known if entry is None else _entry(known, entry)
    if output == "json":
        answer_json(found)
        return
    table = columns("SECTION", "ENTRY", "WHAT IT IS") if entry is None else columns()
    for row in _listed(known) if entry is None else _told(found):
        table.add_row(*map(plain, row))
    answer_table(table)


def _entry(known: dict[str, list[Entry]], name: str) -> Entry:
    entries = {_name(one): one for section in known.values() for one in section}
    if name not in entries:
        near = suggestion(name, tuple(entries))
        raise NotFound(
            f"the catalog has no {name!r}" + (f"; did you mean {near}?" if near else ""),
            hint="`distillery catalog` lists everything.",
        )
    return entries[name]


def _name(entry: Entry) -> str:
    return str(next(entry[key] for key in NAMES if key in entry))


def _listed(known: dict[str, list[Entry]]) -> Iterator[tuple[str, str, str]]:
    for section, entries in known.items():
        for one in entries:
            told = str(one.get("title") or one.get("meaning") or "")
            yield section, _name(one), told.partition("\n")[0]


def _told(entry: Entry) -> Iterator[tuple[str, str]]:
    for key, value in entry.items():
        if key == "parameters" and isinstance(value, list):  # of a network it is how many it has
            yield from ((f"  {one['name']}", _parameter(one)) for one in value)
        elif value not in (None, "", []):
            yield key.replace("_", " "), value if isinstance(value, str) else json.dumps(value)


def _parameter(one: Entry) -> str:
    default = f"default {json.dumps(one['default'])}" if "default" in one else "must be given"
    return "; ".join(filter(None, [one.get("description"), default]))
