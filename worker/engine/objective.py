"""What a network is trained to make small: label_weight · CE + Σ weight · term, and the penalties."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from core.spec.over_time import Constant, OverTimeSpec
from worker.engine.clock import Time
from worker.engine.methods.term import Pair, Term, all_needs
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.shapes import Scalar
from worker.engine.taps import Needs

CONSTANT = Constant()


@dataclass(frozen=True)
class Weighted:
    """A term and its factor in the objective, which may change over time."""

    weight: float
    term: Term
    over_time: OverTimeSpec = CONSTANT

    def at(self, time: Time) -> float:
        return self.weight * factor(self.over_time, time)


@dataclass(frozen=True)
class Objective:
    """Named, weighted terms."""

    parts: Mapping[str, Weighted]

    @property
    def reads_teacher(self) -> bool:
        return any(part.term.reads_teacher for part in self.parts.values())

    @property
    def needs(self) -> Needs:
        """What is to be heard of both networks beside their logits."""
        return all_needs([part.term for part in self.parts.values()])

    def attach(self, pair: Callable[[str], Pair]) -> None:
        """Show each term, by its name, the networks that it will read."""
        for name, part in self.parts.items():
            part.term.attach(pair(name))

    def parameters(self) -> Iterator[nn.Parameter]:
        """What terms must learn themselves."""
        for part in self.parts.values():
            yield from part.term.parameters()

    def losses(self, moment: Moment) -> dict[str, Scalar]:
        """Each term by name, before its weight: comparable between runs with other weights."""
        return {name: part.term(moment) for name, part in self.parts.items()}

    def total(self, losses: Mapping[str, Scalar], time: Time) -> Scalar:
        """The weighted sum; what is not a term of the objective (a penalty) counts as it is."""
        weighted = [
            self.parts[name].at(time) * loss if name in self.parts else loss for name, loss in losses.items()
        ]
        return torch.stack(weighted).sum()

    def state(self) -> dict[str, dict[str, Any]]:
        """What its terms have learned, by name."""
        return {name: part.term.state_dict() for name, part in self.parts.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state of the same terms."""
        for name, learned in state.items():
            self.parts[name].term.load_state_dict(learned)
