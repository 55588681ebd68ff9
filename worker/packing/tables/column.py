"""One column of a table, counted while its cells pass by."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from worker.packing.names import shown
from worker.packing.tables.source import Cell, is_missing

MOST_CLASSES = 100  # values of a column that can be told apart as classes
MOST_NAMED = 20  # cells of a column that are told


@dataclass
class ColumnCount:
    """What was seen of a column.

    empty, words   first cells that hold nothing, and first that hold no number, by their rows
    texts, values  all that it holds, as words and as numbers, and how often; until there are too many to be
                   classes
    """

    name: str
    numbers: int = 0
    wordy: int = 0
    missing: int = 0
    empty: list[int] = field(default_factory=list)
    words: list[tuple[int, str]] = field(default_factory=list)
    texts: Counter[str] = field(default_factory=Counter)
    values: Counter[float] = field(default_factory=Counter)
    low: float = float("inf")
    high: float = float("-inf")
    total: float = 0.0

    def add(self, row: int, cell: Cell, number: float | None) -> None:
        """One cell, and the number in it."""
        if is_missing(cell):
            self.missing += 1
            if len(self.empty) < MOST_NAMED:
                self.empty.append(row)
            return
        if len(self.texts) <= MOST_CLASSES:
            self.texts[text_of(cell)] += 1
        if number is None:
            self.wordy += 1
            if len(self.words) < MOST_NAMED:
                self.words.append((row, text_of(cell)))
            return
        self.numbers += 1
        self.low, self.high = min(self.low, number), max(self.high, number)
        self.total += number
        if len(self.values) <= MOST_CLASSES:
            self.values[number] += 1

    @property
    def is_text(self) -> bool:
        """Whether words prevail: where numbers do, each word is a mistake."""
        return self.wordy > self.numbers

    @property
    def unusable(self) -> int:
        """Cells that a table must not have."""
        return self.missing + (0 if self.is_text else self.wordy)

    def problems(self) -> list[dict[str, Any]]:
        """The first of them, by row."""
        found = [(row, "it is empty") for row in self.empty]
        if not self.is_text:
            found += [(row, f"{shown(word)!r} is no number") for row, word in self.words]
        return [{"row": row, "column": self.name, "reason": why} for row, why in sorted(found)[:MOST_NAMED]]

    def classes(self) -> list[str] | None:
        """Its values in order, where they can be classes: words, or whole numbers; not too many."""
        found = self.texts if self.is_text else self.values
        if len(found) > MOST_CLASSES:
            return None
        if self.is_text:
            return sorted(self.texts)
        whole = all(value.is_integer() for value in self.values)
        return [str(int(value)) for value in sorted(self.values)] if whole else None

    def rarest(self) -> tuple[str, int] | None:
        """The value that the fewest rows have, and how many; None where its values can't be classes."""
        names = self.classes()
        if not names:
            return None
        found = sorted(self.texts.items()) if self.is_text else sorted(self.values.items())
        counts = [rows for _, rows in found]
        return names[counts.index(min(counts))], min(counts)

    def told(self) -> dict[str, Any]:
        """As the packed file and jobs know it."""
        return {"name": self.name, "is_text": self.is_text, "values": self.classes()}


def text_of(cell: Cell) -> str:
    return str(cell).strip()
