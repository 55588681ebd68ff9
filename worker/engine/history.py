"""Every metric of a run, kept to be written as `metrics.csv`."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

COLUMNS = ("name", "step", "epoch", "seconds", "value")


@dataclass
class History:
    """Rows of (name, step, epoch, seconds, value), in the order they were measured."""

    rows: list[tuple[str, int, int, float, float]] = field(default_factory=list)

    def add(self, step: int, epoch: int, seconds: float, values: Mapping[str, float]) -> None:
        self.rows.extend((name, step, epoch, seconds, value) for name, value in values.items())

    def values(self, name: str) -> list[float]:
        """All values of one metric, in their order."""
        return [row[4] for row in self.rows if row[0] == name]

    def csv(self) -> bytes:
        """One line a value; numbers with all their digits."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(self.rows)
        return text.getvalue().encode()
