"""Read a table once: what each column holds, and every cell that can't be used, by row and column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import DatasetUnreadable
from worker.packing.limits import Limits
from worker.packing.tables.column import ColumnCount
from worker.packing.tables.source import Cell, TableSource, number_of

FEWEST_ROWS = 5  # something to learn from, to validate with and to test with
HEAD = 5  # rows that are shown
NAMED, MOST_NAMED = 3, 100  # problems that an error tells, and that a report does
HINT = (
    "Fill or mend the cells that the report names, or leave their rows or columns out, and upload it again."
)


@dataclass(frozen=True)
class Survey:
    """A table without a mistake in it."""

    rows: int
    columns: Sequence[ColumnCount]
    head: Sequence[Sequence[Cell]]


def survey(source: TableSource, limits: Limits, told: dict[str, Any]) -> Survey:
    """Count every cell.

    told    gets the cells that can't be used, for which the table is then refused

    raises DatasetUnreadable
    """
    columns = [ColumnCount(name) for name in source.names]
    count, head = 0, []
    for row, cells in source.rows():
        count += 1
        if count * len(columns) > limits.cells:
            raise DatasetUnreadable(f"it has more than {limits.cells:,} cells")
        if count <= HEAD:
            head.append(cells)
        for column, cell in zip(columns, cells, strict=True):
            column.add(row, cell, number_of(cell, decimal_comma=source.decimal_comma))
    if count < FEWEST_ROWS:
        raise DatasetUnreadable(f"it has {count} rows, and {FEWEST_ROWS} are the fewest to learn from")
    _judge(columns, told)
    return Survey(count, columns, head)


def _judge(columns: Sequence[ColumnCount], told: dict[str, Any]) -> None:
    unusable = sum(column.unusable for column in columns)
    if not unusable:
        return
    found = sorted((one for column in columns for one in column.problems()), key=lambda one: int(one["row"]))
    told["unusable"] = {"count": unusable, "cells": found[:MOST_NAMED]}
    first = (f"row {one['row']}, column {one['column']!r}: {one['reason']}" for one in found[:NAMED])
    cells = "1 cell can't be used" if unusable == 1 else f"{unusable:,} cells can't be used"
    raise DatasetUnreadable(f"{cells}; {'; '.join(first)}", hint=HINT)
