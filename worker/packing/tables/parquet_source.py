"""Tables as Parquet: numbers, truth values and words; not dates, and nothing within something."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import DatasetUnreadable
from worker.packing.limits import Limits
from worker.packing.names import shown
from worker.packing.tables.source import Cell, checked_names

ROWS = 4096  # that are read at a time


class ParquetSource:
    """A Parquet file."""

    decimal_comma = False

    def __init__(self, path: Path, limits: Limits) -> None:
        pa.set_cpu_count(1)  # each thread reserves memory, which counts
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                schema, rows = file.schema_arrow, file.metadata.num_rows
        except (pa.ArrowException, OSError) as error:
            raise DatasetUnreadable(f"it is no sound Parquet file: {shown(str(error))}") from error
        self.names = checked_names(schema.names, limits)
        if rows * len(self.names) > limits.cells:
            raise DatasetUnreadable(f"it has more than {limits.cells:,} cells")
        for name, field in zip(self.names, schema, strict=True):
            if not _is_plain(field.type):
                raise DatasetUnreadable(
                    f"the column {shown(name)} holds {shown(str(field.type))}, neither numbers nor words",
                    hint="Turn it into numbers, or leave it out.",
                )

    def rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Rows by number, from 1.

        raises DatasetUnreadable
        """
        number = 0
        try:
            with pq.ParquetFile(self._path) as file:
                for batch in file.iter_batches(ROWS, use_threads=False):
                    for cells in zip(
                        *(map(_cell, column.to_pylist()) for column in batch.columns), strict=True
                    ):
                        number += 1
                        yield number, cells
        except (pa.ArrowException, OSError) as error:
            raise DatasetUnreadable(f"behind row {number} it is damaged: {shown(str(error))}") from error


def _is_plain(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (
        pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal,
        pa.types.is_string, pa.types.is_large_string,
    )  # fmt: skip
    return any(test(kind) for test in tests)


def _cell(value: Any) -> Cell:
    """A number that is none is a missing one."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return number if abs(number) < float("inf") else None
