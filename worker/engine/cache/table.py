"""The teacher's logits for every view of every training image, on the device."""

import torch
from jaxtyping import Float16, Int64
from torch import Tensor

from core.spec.teacher_cache import VIEWS as VIEWS_OF
from worker.engine.data.batches import Augmentation
from worker.engine.data.views import VIEWS
from worker.engine.shapes import Logits, Rows, Views

Cells = Int64[Tensor, " cells"]
Halves = Float16[Tensor, "cells classes"]


class Table:
    """Logits of [images · views, classes] in half precision, and whether each is known.

    A cell is position · views + view. Without flips two of the 162 numbers show the same crop, and without
    augmentation there is one view: `step` numbers of a view share a cell.
    """

    def __init__(self, rows: Rows, augmentation: Augmentation, classes: int) -> None:
        self.views = VIEWS_OF[augmentation]
        self.step = VIEWS // self.views
        cells = len(rows) * self.views
        self.logits = torch.zeros(cells, classes, dtype=torch.half, device=rows.device)
        self.known = torch.zeros(cells, dtype=torch.bool, device=rows.device)
        self.position = torch.zeros(int(rows.max()) + 1, dtype=torch.int64, device=rows.device)
        self.position[rows] = torch.arange(len(rows), device=rows.device)

    def cells(self, rows: Rows, views: Views | None) -> Cells:
        """Where the answer for these views of these rows stands. No host is waited for."""
        first = self.position[rows] * self.views
        return first if views is None else first + views.div(self.step, rounding_mode="floor")

    def take(self, cells: Cells) -> Logits:
        """In float32, as every loss reads them."""
        return self.logits[cells].float()

    def put(self, cells: Cells, logits: Halves) -> None:
        self.logits[cells] = logits
        self.known[cells] = True
