"""The tables that come with scikit-learn: real measurements, offline."""

from collections.abc import Callable
from pathlib import Path

import torch

from worker.engine.data.tables.table import Table, all_rows

# Columns in their own units: they are standardised here, by the training rows alone.
OPTIONS: dict[str, dict[str, bool]] = {"diabetes": {"scaled": False}}
TARGETS = {"diabetes": "progression", "breast_cancer": "diagnosis", "iris": "species", "wine": "grower"}


def by_name(name: str) -> Callable[[Path | None], Table]:
    """The loader of a table; it needs no folder."""
    return lambda _data: load(name)


def load(name: str) -> Table:
    """The table of that name."""
    # Only a run on one of them waits for all that scikit-learn loads with it.
    from sklearn import datasets

    source = getattr(datasets, f"load_{name}")(**OPTIONS.get(name, {}))
    classes = tuple(str(one) for one in source.get("target_names", ()))
    labels = torch.from_numpy(source.target)
    return Table(
        name=name,
        columns=tuple(str(column) for column in source.feature_names),
        target=TARGETS[name],
        class_names=classes,
        train=all_rows(torch.from_numpy(source.data).double(), labels.long() if classes else labels.double()),
    )
