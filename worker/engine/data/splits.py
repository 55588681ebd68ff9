"""Training, validation and test images, or rows: stratified, following from data, subset and fractions only.

Never of a seed: a teacher that another job reuses must not have seen this job's validation images.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from jaxtyping import Int64
from torch import Tensor

from core.errors import InvalidJob
from core.spec.datasets import Subset
from core.spec.evaluation import Evaluation
from worker.engine.data.dataset import Dataset, Split
from worker.engine.data.tables.table import Table, TableSplit
from worker.engine.data.views import hashed
from worker.engine.randomness import derive

Some = TypeVar("Some", Split, TableSplit)


@dataclass(frozen=True)
class Splits(Generic[Some]):
    """Three sets of images, or of rows, without a common one."""

    train: Some
    validation: Some
    test: Some

    def to(self, device: torch.device) -> "Splits[Some]":
        """The same in the memory of the device, where they stay for the whole run."""
        return Splits(self.train.to(device), self.validation.to(device), self.test.to(device))


def split(dataset: Dataset, fractions: Evaluation, subset: Subset | None = None) -> Splits[Split]:
    """Cut a set of images; the test split is the source's own where it has one, and whole in any case.

    subset    of what is left beside the test split; validation images are among it

    raises InvalidJob if a class has too few images to be in every split
    """
    return _split(dataset.train, dataset.test, dataset.digest, fractions, subset)


def split_table(table: Table, fractions: Evaluation, subset: Subset | None = None) -> Splits[TableSplit]:
    """The same of a table."""
    return _split(table.train, None, table.digest, fractions, subset)


def _split(
    rest: Some, test: Some | None, digest: str, fractions: Evaluation, subset: Subset | None
) -> Splits[Some]:
    if test is None:
        rest, test = cut(rest, fractions.test_fraction, derive(0, digest, "test"))
    if subset is not None:
        rest = part(rest, subset.per_class, derive(0, digest, "subset"))
    train, validation = cut(rest, fractions.validation_fraction, derive(0, digest, "validation"))
    return Splits(train, validation, test)


def cut(whole: Some, fraction: float, key: int) -> tuple[Some, Some]:
    """Two parts, the second with this fraction of every class (rounded, at least one image).

    Within each the images keep the order of the source.
    """
    chosen = torch.zeros(len(whole), dtype=torch.bool)
    order = torch.randperm(len(whole), generator=torch.Generator().manual_seed(key))
    for label in torch.unique(whole.strata):
        members = order[whole.strata[order] == label]
        chosen[members[: _share(len(members), fraction)]] = True
    return whole.take(_positions(~chosen)), whole.take(_positions(chosen))


def part(whole: Some, per_class: int, key: int) -> Some:
    """So many images of every class, or all that it has: those whose rows have the smallest hashes.

    A smaller part lies within a larger one. The images keep the order of the source.
    """
    order = torch.argsort(hashed(whole.rows, key), stable=True)
    chosen = torch.zeros(len(whole), dtype=torch.bool)
    for label in torch.unique(whole.strata):
        chosen[order[whole.strata[order] == label][:per_class]] = True
    return whole.take(_positions(chosen))


def _share(images: int, fraction: float) -> int:
    if images < 2:
        raise InvalidJob(
            "a class has too few images to be split", hint="Give every class three images or more."
        )
    return min(max(1, round(images * fraction)), images - 1)


def _positions(mask: Tensor) -> Int64[Tensor, " chosen"]:
    return mask.nonzero().squeeze(1)
