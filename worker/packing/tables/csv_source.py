"""Tables as text: values between commas, semicolons, tabs or bars; in UTF-8, or in UTF-16 with its mark."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import ArchiveRefused, DatasetUnreadable
from worker.packing.limits import Limits
from worker.packing.names import shown
from worker.packing.tables.source import HEADER, Cell, checked_names, number_of

SEPARATORS = (",", ";", "\t", "|")
LOOK = 1 << 16  # bytes that tell what a file is
LONGEST_CELL = 10_000  # characters
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
NEITHER = "it is neither a zip, nor a Parquet file, nor a table as text"
WANTED = "Send a zip of images in class folders, or a table as CSV or Parquet, not compressed."
ENCODING = "Save the table as CSV in UTF-8."
CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))


class CsvSource:
    """A CSV file.

    decimal_comma    12,5 is a number where commas separate nothing else
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        with path.open("rb") as file:
            beginning = file.read(LOOK)
        self.encoding = _encoding(beginning)
        csv.field_size_limit(LONGEST_CELL)
        self.separator = _separator(_text(beginning, self.encoding))
        self.decimal_comma = self.separator != ","
        _, header = next(self._records(), (0, []))
        if len(header) < 2:  # something to learn from, and something to be predicted
            raise ArchiveRefused(NEITHER, hint=WANTED)
        if all(number_of(name) is not None for name in header):
            raise DatasetUnreadable("its first row holds numbers instead of names", hint=HEADER)
        self.names = checked_names(header, limits)

    def rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Rows behind the header, which is row 1; empty lines are passed over.

        raises DatasetUnreadable for a row with more or fewer cells than the header
        """
        records = self._records()
        next(records)
        for number, cells in records:
            if len(cells) != len(self.names):
                raise DatasetUnreadable(
                    f"row {number} has {len(cells)} cells, and the header names {len(self.names)} columns",
                    hint="Put quotes around a cell that holds the separator.",
                )
            yield number, cells

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        number = 0
        try:
            with self._path.open(encoding=self.encoding, newline="") as file:
                for cells in csv.reader(file, delimiter=self.separator, strict=True):
                    number += 1
                    if cells:
                        yield number, cells
        except UnicodeDecodeError as error:
            raise DatasetUnreadable(
                f"behind row {number} stands what is no {error.encoding.upper()}", hint=ENCODING
            ) from error
        except csv.Error as error:
            raise DatasetUnreadable(f"row {number + 1} is damaged: {shown(str(error))}") from error


def _encoding(beginning: bytes) -> str:
    for mark, encoding in MARKS:
        if beginning.startswith(mark):
            return encoding
    if b"\0" in beginning:
        raise ArchiveRefused(NEITHER, hint=WANTED)
    return "utf-8"


def _text(beginning: bytes, encoding: str) -> str:
    """The letters; raises ArchiveRefused, or DatasetUnreadable for what may be a table in another code."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(beginning, final=len(beginning) < LOOK)
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and not _separates(beginning):
            raise ArchiveRefused(NEITHER, hint=WANTED) from error
        raise DatasetUnreadable(f"it is no {error.encoding.upper()}", hint=ENCODING) from error


def _separates(beginning: bytes) -> bool:
    """Whether it may be a table in another code: it is text, and something is separated in it."""
    is_text = len(beginning.translate(None, CONTROLS)) == len(beginning)
    return is_text and any(separator.encode() in beginning for separator in SEPARATORS)


def _separator(text: str) -> str:
    """The one that the first line has most often outside of quotes; a comma where it has none."""
    outside = "".join(text.lstrip("\r\n").partition("\n")[0].split('"')[::2])
    return max(SEPARATORS, key=outside.count)
