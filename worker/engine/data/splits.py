"""Training, validation and test images: stratified, and a function of the data and the fractions only.

Never of a seed: a teacher that another job reuses must not have seen this job's validation images.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor

from core.errors import InvalidJob
from core.spec.evaluation import Evaluation
from worker.engine.data.dataset import Dataset, Split
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


def split(dataset: Dataset, fractions: Evaluation) -> Splits:
    """Cut a data set; the test split is the source's own where it has one.

    raises InvalidJob if a class has too few images to be in every split
    """
    rest, test = dataset.train, dataset.test
    if test is None:
        rest, test = cut(rest, fractions.test_fraction, derive(0, dataset.digest, "test"))
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


def _share(images: int, fraction: float) -> int:
    if images < 2:
        raise InvalidJob(
            "a class has too few images to be split", hint="Give every class three images or more."
        )
    return min(max(1, round(images * fraction)), images - 1)


def _positions(mask: Tensor) -> Int64[Tensor, " chosen"]:
    return mask.nonzero().squeeze(1)
