"""The tables that come with scikit-learn: real measurements, offline."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sklearn import datasets

from worker.engine.data.tables.table import Table, all_rows

LOADERS: dict[str, Callable[..., Any]] = {
    # Its columns in their own units: they are standardised here, by the training rows alone.
    "diabetes": lambda: datasets.load_diabetes(scaled=False),
    "breast_cancer": datasets.load_breast_cancer,
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
}
TARGETS = {"diabetes": "progression", "breast_cancer": "diagnosis", "iris": "species", "wine": "grower"}


def by_name(name: str) -> Callable[[Path | None], Table]:
    """The loader of a table; it needs no folder."""
    return lambda _data: load(name)


def load(name: str) -> Table:
    """The table of that name."""
    source = LOADERS[name]()
    classes = tuple(str(one) for one in source.get("target_names", ()))
    labels = torch.from_numpy(source.target)
    return Table(
        name=name,
        columns=tuple(str(column) for column in source.feature_names),
        target=TARGETS[name],
        class_names=classes,
        train=all_rows(torch.from_numpy(source.data).double(), labels.long() if classes else labels.double()),
    )
