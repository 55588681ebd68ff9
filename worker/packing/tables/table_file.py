"""The packed table: a safetensors file of one tensor, written row by row.

8 bytes   length of the header
header    JSON, then spaces
cells     float64 [rows, columns]; of a column of words each is its place among the column's values
"""

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from worker.packing.packed_file import staged
from worker.packing.tables.column import text_of
from worker.packing.tables.source import Cell, TableSource, number_of
from worker.packing.tables.survey import Survey

CHUNK = 4096  # rows that are written at a time
DIGEST_ROOM = 64
ALIGNMENT = 8


def write(source: TableSource, found: Survey, path: Path) -> str:
    """Write every row; returns the digest, of the columns and all cells."""
    columns = [column.told() for column in found.columns]
    places = [_places(column) for column in columns]
    digest = hashlib.sha256(json.dumps(columns).encode())
    with staged(path) as file:
        file.write(_header(found.rows, columns, "0" * DIGEST_ROOM))
        for rows in _chunks(source):
            cells = np.array(
                [
                    [_value(cell, place, source) for cell, place in zip(row, places, strict=True)]
                    for row in rows
                ],
                dtype="<f8",
            )
            digest.update(cells.tobytes())
            file.write(cells.tobytes())
        file.seek(0)
        file.write(_header(found.rows, columns, digest.hexdigest()))
    return digest.hexdigest()


def _places(column: Mapping[str, Any]) -> dict[str, int] | None:
    """Where each word stands among the values; None of a column of numbers."""
    if not column["is_text"]:
        return None
    return {word: place for place, word in enumerate(column["values"] or ())}


def _value(cell: Cell, places: Mapping[str, int] | None, source: TableSource) -> float:
    """A word that is no class, of a column of too many of them, is nothing: no job can use it."""
    if places is not None:
        return float(places.get(text_of(cell), 0))
    number = number_of(cell, decimal_comma=source.decimal_comma)
    assert number is not None, "the survey has seen that it is one"
    return number


def _chunks(source: TableSource) -> Iterator[Sequence[Sequence[Cell]]]:
    held: list[Sequence[Cell]] = []
    for _, cells in source.rows():
        held.append(cells)
        if len(held) == CHUNK:
            yield held
            held = []
    if held:
        yield held


def _header(rows: int, columns: Sequence[Mapping[str, Any]], digest: str) -> bytes:
    """Of the same length whatever the digest is."""
    size = 8 * rows * len(columns)
    metadata = {"columns": json.dumps(columns), "digest": json.dumps(digest)}
    cells = {"dtype": "F64", "shape": [rows, len(columns)], "data_offsets": [0, size]}
    text = json.dumps({"__metadata__": metadata, "cells": cells}).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return struct.pack("<Q", len(text)) + text
