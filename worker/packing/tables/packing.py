"""The story of packing a table on one page: source → survey → cells → report."""

from pathlib import Path
from typing import Any

from core.errors import DatasetUnreadable
from worker.packing.limits import Limits
from worker.packing.names import shown
from worker.packing.tables.csv_source import CsvSource
from worker.packing.tables.source import Cell, TableSource
from worker.packing.tables.survey import Survey, survey
from worker.packing.tables.table_file import write

FORMAT = 1  # of the report
PARQUET = b"PAR1"


def pack_table(path: Path, out: Path, told: dict[str, Any], limits: Limits, image_size: int | None) -> None:
    """Write the cells of a CSV or Parquet file into one file.

    told    is filled with what is found out, as it is found out: also that of a table that is then refused

    raises ArchiveRefused, DatasetUnreadable
    """
    if image_size is not None:
        raise DatasetUnreadable("it is a table: image_size says nothing of it", hint="Leave image_size out.")
    source = _source(path, limits)
    told |= {
        "format": FORMAT,
        "kind": "table",
        "file": _looks(source),
        "bytes": {"source": path.stat().st_size},
    }
    found = survey(source, limits, told)
    told |= _report(found) | {"digest": write(source, found, out)}
    told["bytes"]["packed"] = out.stat().st_size


def _source(path: Path, limits: Limits) -> TableSource:
    with path.open("rb") as file:
        if file.read(len(PARQUET)) != PARQUET:
            return CsvSource(path, limits)
    from worker.packing.tables.parquet_source import ParquetSource  # here: nothing else needs Arrow

    return ParquetSource(path, limits)


def _looks(source: TableSource) -> dict[str, str]:
    if isinstance(source, CsvSource):
        return {"type": "csv", "encoding": source.encoding, "separator": source.separator}
    return {"type": "parquet"}


def _report(found: Survey) -> dict[str, Any]:
    """What a person sees of a table, and what jobs must know."""
    columns = [
        {
            **column.told(),
            "rarest": column.rarest(),
            **(
                {}
                if column.is_text
                else {"min": column.low, "max": column.high, "mean": column.total / column.numbers}
            ),
        }
        for column in found.columns
    ]
    return {
        "rows": found.rows,
        "columns": columns,
        "head": [[_shown(cell) for cell in row] for row in found.head],
    }


def _shown(cell: Cell) -> Cell:
    return shown(cell) if isinstance(cell, str) else cell
