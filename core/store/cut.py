"""What is shown of a list of data sets or of models. Ids sort by creation, and so need no key beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, select

from core.store.library import Dataset, Model
from core.store.search import contains

Row = TypeVar("Row", Dataset, Model)


@dataclass(frozen=True)
class Cut:
    """Which rows, in which order.

    states    in one of these; in any, if there is none
    text      part of the name
    oldest    the oldest come first, instead of the newest
    """

    states: Sequence[str] = ()
    text: str | None = None
    oldest: bool = False


ALL = Cut()


def rows(table: type[Row], owner: str | None, cut: Cut, behind: str | None) -> Select[Row]:
    """The rows behind an id, in order. `owner` None sees all."""
    statement = select(table).order_by(table.id.asc() if cut.oldest else table.id.desc())
    if owner is not None:
        statement = statement.where(table.owner == owner)
    if cut.states:
        statement = statement.where(table.state.in_(sorted(set(cut.states))))
    if cut.text is not None:
        statement = statement.where(contains(table.name, cut.text))
    if behind is not None:
        statement = statement.where(table.id > behind if cut.oldest else table.id < behind)
    return statement
