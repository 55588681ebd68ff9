"""A teacher that is asked ahead: before an epoch, about all views that the epoch will show."""

from collections.abc import Callable

import torch

from worker.engine.answering import LiveTeacher, halved
from worker.engine.cache.segments import Segments
from worker.engine.cache.table import Cells, Table
from worker.engine.data.batches import TrainingBatches
from worker.engine.moment import Features, Seen
from worker.engine.shapes import Logits, Rows

AT_ONCE = 256  # images


class CachedTeacher:
    """Looks its logits up; a step is a pure gather, and waits for nothing.

    What is not known yet is computed in batches of one size, in the order of the table. In such a batch an
    image gets the same bits wherever it stands and whatever stands beside it (as the tests show for our
    networks), so no number depends on what was known before.
    """

    def __init__(
        self, live: LiveTeacher, batches: TrainingBatches, table: Table, segments: Segments | None = None
    ) -> None:
        self.live = live
        self.batches = batches
        self.table = table
        self.segments = segments
        images = len(batches.split)
        self.positions = torch.arange(images, device=batches.device)
        self.slots = torch.arange(min(AT_ONCE, images), device=batches.device)
        self.hits: float | None = None

    def __call__(self, seen: Seen) -> tuple[Logits, Features]:
        return self.table.take(self.table.cells(seen.rows, seen.views)), Features()

    def prepare(self, epoch: int, goes_on: Callable[[], bool]) -> bool:
        """Have every view of the epoch in the table. The device is waited for once."""
        self._read()
        cells = self.table.cells(self.batches.split.rows, self.batches.views(epoch))
        missing = self.positions[~self.table.known[cells]]
        for positions in torch.split(missing, len(self.slots)) if len(missing) else ():
            if not goes_on():
                return False
            self.table.put(cells[positions], self._computed(positions, epoch))
        self.hits = 1 - len(missing) / len(cells)
        self._write(cells[missing])
        return True

    def _computed(self, positions: Rows, epoch: int) -> Logits:
        """Logits in half precision; what is missing in the batch is filled up by going round."""
        batch = self.batches.at(positions[self.slots % len(positions)], epoch)
        logits, _ = self.live(Seen(batch.images, batch.images, batch.labels, batch.rows, batch.views))
        return halved(logits)[: len(positions)]

    def _read(self) -> None:
        if self.segments is not None:
            for cells, logits in self.segments.unread(*self.table.logits.shape):
                self.table.put(cells.to(self.batches.device), logits.to(self.batches.device))

    def _write(self, cells: Cells) -> None:
        if self.segments is not None and len(cells):
            self.segments.add(cells, self.table.logits[cells])
