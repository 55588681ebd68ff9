"""Training, validation and test images: stratified, and a function of data, subset and fractions only.

Never of a seed: a teacher that another job reuses must not have seen this job's validation images.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor

from core.errors import InvalidJob
from core.spec.datasets import Subset
from core.spec.evaluation import Evaluation
from worker.engine.data.dataset import Dataset, Split
from worker.engine.data.views import hashed
from worker.engine.randomness import derive


@dataclass(frozen=True)
class Splits:
    """Three sets of images without a common one."""

    train: Split
    validation: Split
    test: Split

    def to(self, device: torch.device) -> "Splits":
        """The same images in the memory of the device, where they stay for the whole run."""
        return Splits(self.train.to(device), self.validation.to(device), self.test.to(device))


def split(dataset: Dataset, fractions: Evaluation, subset: Subset | None = None) -> Splits:
    """Cut a data set; the test split is the source's own where it has one, and whole in any case.

    subset    of what is left beside the test split; validation images are among it

    raises InvalidJob if a class has too few images to be in every split
    """
    rest, test = dataset.train, dataset.test
    if test is None:
        rest, test = cut(rest, fractions.test_fraction, derive(0, dataset.digest, "test"))
    if subset is not None:
        rest = part(rest, subset.per_class, derive(0, dataset.digest, "subset"))
    train, validation = cut(rest, fractions.validation_fraction, derive(0, dataset.digest, "validation"))
    return Splits(train, validation, test)


def cut(whole: Split, fraction: float, key: int) -> tuple[Split, Split]:
    """Two parts, the second with this fraction of every class (rounded, at least one image).

    Within each the images keep the order of the source.
    """
    chosen = torch.zeros(len(whole), dtype=torch.bool)
    order = torch.randperm(len(whole), generator=torch.Generator().manual_seed(key))
    for label in torch.unique(whole.labels):
        members = order[whole.labels[order] == label]
        chosen[members[: _share(len(members), fraction)]] = True
    return whole.take(_positions(~chosen)), whole.take(_positions(chosen))


def part(whole: Split, per_class: int, key: int) -> Split:
    """So many images of every class, or all that it has: those whose rows have the smallest hashes.

    A smaller part lies within a larger one. The images keep the order of the source.
    """
    order = torch.argsort(hashed(whole.rows, key), stable=True)
    chosen = torch.zeros(len(whole), dtype=torch.bool)
    for label in torch.unique(whole.labels):
        chosen[order[whole.labels[order] == label][:per_class]] = True
    return whole.take(_positions(chosen))


def _share(images: int, fraction: float) -> int:
    if images < 2:
        raise InvalidJob(
            "a class has too few images to be split", hint="Give every class three images or more."
        )
    return min(max(1, round(images * fraction)), images - 1)


def _positions(mask: Tensor) -> Int64[Tensor, " chosen"]:
    return mask.nonzero().squeeze(1)
