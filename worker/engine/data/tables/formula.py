"""Rows that follow a formula, from a random stream of their own: no file, no network, always the same."""

import torch
from torch import Tensor

from core.errors import InvalidJob
from core.spec.tables import Formula
from worker.engine.data.tables.table import Table, TableSplit, all_rows
from worker.engine.randomness import derive

TARGET = "y"
CLASS_NAMES = ("0", "1")
FEWEST = 3  # of a class: one for each split


def load(chosen: Formula) -> Table:
    """The table that core.spec.tables.Formula describes; inputs are called x1, x2, …

    InvalidJob    a class has hardly a row
    """
    columns = tuple(f"x{number}" for number in range(1, len(chosen.slopes) + 1))
    classes, rows = CLASS_NAMES if chosen.form == "logistic" else (), _rows(chosen)
    if classes and (least := min(rows.labels.bincount(minlength=2).tolist())) < FEWEST:
        detail = (
            f"{least} of the {chosen.rows} rows of this formula are of one class, too few for three splits"
        )
        raise InvalidJob(detail, hint="Move dataset.intercept towards 0, or ask for more rows.")
    return Table(f"{chosen.form} formula", columns, TARGET, classes, rows)


def _rows(chosen: Formula) -> TableSplit:
    """x ~ N(0, 1), z = intercept + Σ slopes · x (or max(0, x)); then noise, or a class drawn with σ(z)."""
    random = torch.Generator().manual_seed(derive(chosen.seed, "formula"))
    inputs = _normal(random, chosen.rows, len(chosen.slopes))
    seen = inputs.clamp(min=0) if chosen.form == "rectified" else inputs
    z = seen @ torch.tensor(chosen.slopes, dtype=torch.float64) + chosen.intercept
    if chosen.form == "logistic":
        drawn = torch.rand(chosen.rows, generator=random, dtype=torch.float64)
        return all_rows(inputs, (drawn < z.sigmoid()).long())
    return all_rows(inputs, z + chosen.noise * _normal(random, chosen.rows))


def _normal(random: torch.Generator, *size: int) -> Tensor:
    return torch.randn(*size, generator=random, dtype=torch.float64)
