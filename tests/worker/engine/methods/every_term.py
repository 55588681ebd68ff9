"""All terms of the registry, each ready to be asked about the same made-up answers of two networks.

A new term is among them at once, with the defaults of its spec; more of it is a line in VARIANTS.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.spec.logit_terms import LogitTerm, SoftTerm
from core.spec.methods import TermSpec
from tests.worker.engine.builders import CPU, a_moment
from worker.engine import registry
from worker.engine.methods.answers import teacher_logits
from worker.engine.methods.term import Pair, Term
from worker.engine.moment import Features, Moment
from worker.engine.randomness import Stream

IMAGES, CLASSES = 6, 5
# Channels and side of each stage, values of the pooled vector: no two are alike. What a classifier reads that
# is reused has the same channels in both.
OUR_STAGES = {1: (2, 8), 2: (3, 4), 3: (4, 4), 4: (5, 2)}
THEIR_STAGES = {1: (3, 8), 2: (4, 4), 3: (6, 4), 4: (7, 2)}
OURS, THEIRS = 5, 7

VARIANTS = [kind(standardized=True) for kind in LogitTerm.__args__ if issubclass(kind, SoftTerm)]
CHOSEN: list[TermSpec] = [*(kind() for kind in registry.TERMS), *VARIANTS]
# Kinds whose gradient is not that of their value, on purpose; and which test of their own checks it.
BENT: dict[str, str] = {
    "weighted_soft": "test_no_gradient_flows_through_the_weights_of_the_images",
}
# Kinds that compare images with one another, so that a batch seen twice is another batch; and why.
COUPLED: dict[str, str] = {}


def named(chosen: list[TermSpec]) -> list[Any]:
    """For parametrisation, each under its kind."""
    return [
        pytest.param(one, id=one.kind + ("-standardized" if getattr(one, "standardized", False) else ""))
        for one in chosen
    ]


def some_features(random: torch.Generator, stages: dict[int, tuple[int, int]], pooled: int) -> Features:
    maps = {
        number: torch.randn(IMAGES, channels, side, side, generator=random, dtype=torch.float64)
        for number, (channels, side) in stages.items()
    }
    vectors = torch.randn(IMAGES, pooled, generator=random, dtype=torch.float64)
    return Features(maps, vectors, torch.randn(IMAGES, 3, 2, 2, generator=random, dtype=torch.float64))


def what_both_answered(spread: float = 2.0) -> Moment:
    """Logits, maps and vectors of both networks, in float64.

    spread    standard deviation of the logits
    """
    random = torch.Generator().manual_seed(0)
    student, teacher = (
        spread * torch.randn(IMAGES, CLASSES, generator=random, dtype=torch.float64) for _ in "st"
    )
    labels = torch.randint(CLASSES, (IMAGES,), generator=random)
    ours, theirs = some_features(random, OUR_STAGES, OURS), some_features(random, THEIR_STAGES, THEIRS)
    return a_moment(student, teacher, labels, student_features=ours, teacher_features=theirs)


def attached(chosen: TermSpec, moment: Moment, dtype: torch.dtype = torch.float64) -> Term:
    """The term, with what it learns made for these answers."""
    term = registry.TERMS[type(chosen)](chosen)
    pair = Pair(
        student=nn.Identity(),
        teacher=nn.Identity(),
        student_features=moment.student_features,
        teacher_features=moment.teacher_features,
        classes=CLASSES,
        training_images=50,
        stream=Stream(0, chosen.kind, CPU),
        device=CPU,
    )
    term.attach(pair)
    return term.to(dtype)


def tensors(moment: Moment, term: Term) -> list[Tensor]:
    """What the term may read of the student: its logits, or the features that it needs."""
    features = moment.student_features
    heard = [features.stages[number] for number in sorted(term.needs.stages)]
    heard += [features.pooled] if term.needs.pooled and features.pooled is not None else []
    heard += [features.read] if term.needs.read and features.read is not None else []
    return heard or [moment.student]


def with_tensors(moment: Moment, term: Term, given: list[Tensor]) -> Moment:
    """The moment with these in their places."""
    if not (term.needs.stages or term.needs.pooled or term.needs.read):
        (student,) = given
        return replace(moment, student=student)
    remaining = iter(given)
    stages = {number: next(remaining) for number in sorted(term.needs.stages)}
    pooled = next(remaining) if term.needs.pooled else moment.student_features.pooled
    read = next(remaining) if term.needs.read else moment.student_features.read
    return replace(moment, student_features=Features(moment.student_features.stages | stages, pooled, read))


def changed(moment: Moment, change: Callable[[Tensor], Tensor]) -> Moment:
    """The moment with everything that the networks said changed alike."""

    def of(features: Features) -> Features:
        assert features.pooled is not None
        assert features.read is not None
        stages = {n: change(maps) for n, maps in features.stages.items()}
        return Features(stages, change(features.pooled), change(features.read))

    return replace(
        moment,
        student=change(moment.student),
        teacher=change(teacher_logits(moment)),
        student_features=of(moment.student_features),
        teacher_features=of(moment.teacher_features),
    )


def twice(moment: Moment) -> Moment:
    """The same answers to a batch that holds each image twice."""
    doubled = changed(moment, lambda told: torch.cat([told, told]))
    return a_moment(
        doubled.student,
        doubled.teacher,
        moment.labels.repeat(2),
        student_features=doubled.student_features,
        teacher_features=doubled.teacher_features,
    )


def part(moment: Moment, images: slice) -> Moment:
    """The same answers to these images only."""
    cut = changed(moment, lambda told: told[images])
    return a_moment(
        cut.student,
        cut.teacher,
        moment.labels[images],
        student_features=cut.student_features,
        teacher_features=cut.teacher_features,
    )


def rounded(moment: Moment) -> Moment:
    """The same in float32, with no more digits than bfloat16 has."""
    return changed(moment, lambda told: told.bfloat16().float())


def coarse(moment: Moment) -> Moment:
    """The same with logits in bfloat16; features are heard in float32 all the same."""
    fine = rounded(moment)
    return replace(fine, student=fine.student.bfloat16(), teacher=teacher_logits(fine).bfloat16())
