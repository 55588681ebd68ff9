"""Where a table comes from: named columns, and rows that can be read twice."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from core.errors import DatasetUnreadable
from core.spec.base import printable
from worker.packing.limits import Limits
from worker.packing.names import shown

LONGEST_NAME = 200
Cell = str | float | None
HEADER = "The first row names the columns, each differently."

_in_normal_form = printable(LONGEST_NAME)


class TableSource(Protocol):
    """A file with a table in it.

    names            of the columns
    decimal_comma    whether 12,5 is a number in it
    """

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def decimal_comma(self) -> bool: ...

    def rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Each row with its number, as a spreadsheet counts them: as many cells as there are names.

        raises DatasetUnreadable
        """


def checked_names(spelled: Sequence[str], limits: Limits) -> tuple[str, ...]:
    """The names of columns as jobs name them: in normal form C, without spaces around.

    raises DatasetUnreadable if one is empty, can't be shown, or occurs twice
    """
    if len(spelled) > limits.columns:
        raise DatasetUnreadable(f"it has {len(spelled):,} columns, and may have {limits.columns:,}")
    names: dict[str, int] = {}
    for number, name in enumerate(spelled, start=1):
        normal = _checked(name, number)
        if normal in names:
            raise DatasetUnreadable(
                f"columns {names[normal]} and {number} are both called {shown(normal)}", hint=HEADER
            )
        names[normal] = number
    return tuple(names)


def _checked(name: str, number: int) -> str:
    if not name.strip():
        raise DatasetUnreadable(f"column {number} has no name", hint=HEADER)
    try:
        return _in_normal_form(name)
    except ValueError:  # what pydantic's errors are
        raise DatasetUnreadable(
            f"column {number} is called {shown(name)}, which can't be shown or is too long", hint=HEADER
        ) from None


def number_of(cell: Cell, *, decimal_comma: bool = False) -> float | None:
    """The finite number in a cell; None where there is none."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace(",", ".") if decimal_comma else cell
    if "_" in text:  # Python reads 1_000 as a number; nobody else does
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None  # NaN is none either


def is_missing(cell: Cell) -> bool:
    """Whether there is nothing in it: it is empty, or says so in one of the usual words."""
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in MISSING)


MISSING = {"", "na", "n/a", "nan", "null", "none", "#n/a", "?"}
