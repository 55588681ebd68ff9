"""Terms beside two networks of which only what they compute on the way matters."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from core.spec import feature_terms as specs
from core.spec.term import TermBase
from tests.worker.engine.builders import CPU, a_moment
from worker.engine import registry
from worker.engine.methods.term import Pair, Term
from worker.engine.moment import Features, Moment
from worker.engine.randomness import Stream

# One of each, small where its size is a choice.
CHOSEN: tuple[TermBase, ...] = (
    specs.Hints(),
    specs.Attention(stages=(1, 2)),
    specs.Similarity(),
    specs.Probabilistic(),
    specs.Relations(),
    specs.CorrelationCongruence(dimensions=5),
    specs.Variational(stages=(2, 4)),
    specs.ReusedClassifier(),
)


def random(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def heard(seed: int, batch: int = 6, channels: int = 3, side: int = 4, width: int = 5) -> Features:
    """Four stages, each of half the side of the one before; all above 0 now and then, as after a ReLU."""
    sides = [max(1, side // 2**number) for number in range(specs.STAGES)]
    stages = {
        number: random(seed + number, batch, channels + number, side, side).relu()
        for number, side in enumerate(sides, start=1)
    }
    read = random(seed + 9, batch, 2, side, side).relu()  # alike in both networks
    return Features(stages, random(seed, batch, width).relu(), read)


STUDENT = heard(0)
TEACHER = heard(100, channels=4, width=7)


def each(of: Features, change: Callable[[Tensor], Tensor]) -> Features:
    assert of.pooled is not None
    assert of.read is not None
    stages = {number: change(maps) for number, maps in of.stages.items()}
    return Features(stages, change(of.pooled), change(of.read))


def attached(
    chosen: TermBase, student: Features = STUDENT, teacher: Features = TEACHER, seed: int = 0
) -> Term:
    """The term, with adapters for features of these shapes."""
    term = registry.TERMS[type(chosen)](chosen)
    stream = Stream(seed, "it", CPU)
    term.attach(Pair(nn.Identity(), nn.Identity(), student, teacher, 4, 100, stream, CPU))
    return term


def a_moment_of(student: Features = STUDENT, teacher: Features = TEACHER) -> Moment:
    assert student.pooled is not None
    logits = torch.zeros(len(student.pooled), 4)
    return replace(a_moment(logits, logits), student_features=student, teacher_features=teacher)


def leaves(of: Features) -> list[Tensor]:
    """Its maps and vectors."""
    assert of.pooled is not None
    assert of.read is not None
    return [*of.stages.values(), of.read, of.pooled]
