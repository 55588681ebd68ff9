"""A table in one file that is mapped into memory; `worker.packing` writes it.

    cells       float64 [rows, columns]; of a column of words, each stands as its place among the `values`
    metadata    JSON texts: columns, a list of {name, is_text, values}, where `values` are the classes that
                the column can tell apart, in order, or null; and digest, of names and cells

Mapped, not read: what a run takes of it is copied once.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.errors import DatasetUnreadable, InvalidJob
from core.spec import tables
from core.spec.tables import Column, Columns
from worker.engine.data.opened import opened, title
from worker.engine.data.tables.table import Table, all_rows
from worker.engine.shapes import Labels


def load(chosen: tables.Table, data: Path | None, *, classes: bool) -> Table:
    """The table in `<data>/<id>.safetensors`, with the target and the inputs that are asked for.

    classes    whether the values of the target are classes, or a measure

    raises DatasetUnavailable where there is none, DatasetUnreadable where it is damaged, InvalidJob where it
    has no such columns
    """
    with opened(chosen.id, data) as (file, metadata):
        cells, columns = _sound(file.get_tensor("cells"), metadata["columns"]), metadata["columns"]
        known = _columns(chosen.id, columns, len(cells))
        names = [column.name for column in known.columns]
    inputs = chosen.inputs or known.numbers(chosen.target)
    if missing := {chosen.target, *inputs} - set(names):
        raise InvalidJob(f"the table has no column {min(missing)!r}")
    target = names.index(chosen.target)
    labels, class_names = cells[:, target], ()
    if classes:
        labels, class_names = _labels(labels, columns[target]), tuple(columns[target]["values"])
    return Table(
        name=chosen.id,
        title=title(chosen.id, data),
        columns=tuple(inputs),
        target=chosen.target,
        class_names=class_names,
        train=all_rows(cells[:, [names.index(name) for name in inputs]], labels),
    )


def facts(name: str, data: Path | None) -> Columns | None:
    """What its header says, without looking at a row; None of a file of images.

    raises as load does
    """
    with opened(name, data) as (file, metadata):
        if "columns" not in metadata:
            return None
        return _columns(name, metadata["columns"], file.get_slice("cells").get_shape()[0])


def _sound(cells: Tensor, columns: Sequence[Any]) -> Tensor:
    if cells.dtype != torch.float64 or cells.ndim != 2 or cells.shape[1] != len(columns) or not len(cells):
        raise DatasetUnreadable("cells must be float64 [rows, columns], with one name for each column")
    return cells


def _labels(cells: Tensor, column: Mapping[str, Any]) -> Labels:
    """The class of each row: its place among the values of the column."""
    if column["values"] is None:
        raise InvalidJob(f"the column {column['name']!r} has too many values to be classes")
    if column["is_text"]:
        return cells.long()
    values = torch.tensor([float(value) for value in column["values"]], dtype=torch.float64)
    return torch.searchsorted(values, cells.contiguous())


def _columns(name: str, columns: Sequence[Any], rows: int) -> Columns:
    found = (
        Column(one["name"], None if one["values"] is None else len(one["values"]), bool(one["is_text"]))
        for one in columns
    )
    return Columns(name, rows, tuple(found))
