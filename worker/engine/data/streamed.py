"""Batches of a set that has no room in memory: read ahead by a thread, and given up once they are used."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import torch

from worker.engine.data.batches import Batch, TrainingBatches
from worker.engine.data.dataset import Split
from worker.engine.shapes import Rows

AHEAD = 4  # batches


class StreamedBatches(TrainingBatches):
    """The same batches as of a set in memory, to the bit: order and views follow from the same numbers.

    A thread reads the images of the next few batches out of the mapped file, in the order of the epoch; crops
    and flips are taken where the network is, as ever.
    """

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of this epoch, counted from 1, without the first `skip`."""
        with ThreadPoolExecutor(1, "reader") as reader:
            waiting: deque[Future[Split]] = deque()
            try:
                for positions in torch.split(self.order(number), self.sizes)[skip:]:
                    waiting.append(reader.submit(self._read, positions))
                    if len(waiting) > AHEAD:
                        yield self._shown(self._moved(waiting.popleft().result()), number)
                while waiting:
                    yield self._shown(self._moved(waiting.popleft().result()), number)
            finally:
                for unread in waiting:
                    unread.cancel()

    def at(self, positions: Rows, epoch: int) -> Batch:
        return self._shown(self._moved(self._read(positions)), epoch)

    def _read(self, positions: Rows) -> Split:
        """In memory from which a GPU copies by itself, where there is one."""
        read = self.split.take(positions).read()
        return read if self.device.type == "cpu" else Split(read.images.pin_memory(), read.labels, read.rows)

    def _moved(self, read: Split) -> Split:
        labels, rows = (host.to(self.device, non_blocking=True) for host in (read.labels, read.rows))
        return Split(read.images.to(self.device, non_blocking=True), labels, rows)
