"""What a network is trained to make small: label_weight · CE + Σ weight · term, and the penalties."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Scalar


@dataclass(frozen=True)
class Weighted:
    """A term and its factor in the objective."""

    weight: float
    term: Term


@dataclass(frozen=True)
class Objective:
    """Named, weighted terms."""

    parts: Mapping[str, Weighted]

    @property
    def reads_teacher(self) -> bool:
        return any(part.term.reads_teacher for part in self.parts.values())

    def losses(self, moment: Moment) -> dict[str, Scalar]:
        """Each term by name, before its weight: comparable between runs with other weights."""
        return {name: part.term(moment) for name, part in self.parts.items()}

    def total(self, losses: Mapping[str, Scalar]) -> Scalar:
        """The weighted sum; what is not a term of the objective (a penalty) counts as it is."""
        weighted = [
            self.parts[name].weight * loss if name in self.parts else loss for name, loss in losses.items()
        ]
        return torch.stack(weighted).sum()
