"""Which data set or model somebody means: its id, the beginning of one, or its name."""

from collections.abc import Iterable
from typing import Protocol

import click

from app.cli.naming import several
from app.cli.screen import say
from core import ids
from core.errors import NotFound

SHORTEST = 4  # of the beginning of an id: fewer characters mean half of them


class Named(Protocol):
    """A row of a list, newest first."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


def meant(text: str, prefix: str, kind: str, listed: Iterable[Named], *, alone: bool = False) -> str:
    """The id of the one that is meant: of several, the newest, unless it must be alone.

    kind      what a person calls it
    listed    is gone through only where it must be

    NotFound            there is none
    click.UsageError    there are several
    """
    if ids.is_id(prefix, text):
        return text
    found = [one for one in listed if one.name == text or _begins(one.id, prefix, text)]
    if not found:
        raise NotFound(f"no {kind} has the name {text!r}, or an id that begins so")
    if len(found) > 1 and alone:
        raise click.UsageError(several(f"{kind}s", text, [one.id for one in found]))
    if len(found) > 1:
        say(f"{len(found)} {kind}s are meant by {text}: taking the newest, {found[0].id}", "yellow")
    return found[0].id


def _begins(id_: str, prefix: str, text: str) -> bool:
    return len(text) >= SHORTEST and id_.startswith(f"{prefix}_{text.removeprefix(f'{prefix}_')}")
