"""A term of the objective: a loss between student and teacher, or student and labels."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import nn

from worker.engine.moment import Features, Moment
from worker.engine.randomness import Stream, seeded
from worker.engine.shapes import Scalar
from worker.engine.taps import NOTHING, Needs


@dataclass(frozen=True)
class Pair:
    """What a term is attached to: the two networks, and what they give for two images of the data set.

    student_features, teacher_features   as far as some term needs them: their shapes say how large adapters
                                         must be
    training_images                      of the training split
    stream                               random numbers of the term's own
    """

    student: nn.Module
    teacher: nn.Module | None
    student_features: Features
    teacher_features: Features
    classes: int
    training_images: int
    stream: Stream
    device: torch.device

    def seeded(self) -> AbstractContextManager[None]:
        """Layers that are made inside get the same random weights from the same seed, on every device."""
        return seeded(self.stream.seed, self.stream.name, "weights")


class Term(nn.Module):
    """Reads a moment, returns the mean over its batch.

    reads_teacher   whether it reads anything of the teacher: its logits, or what `needs` names
    needs           maps and vectors that it reads of both networks

    What it must learn it holds as parameters (adapters, variances, a temperature): they are trained and
    checkpointed with the student, with no weight decay, and never exported.
    """

    reads_teacher: bool = True
    needs: Needs = NOTHING

    def attach(self, pair: Pair) -> None:
        """Called once, before training: make what depends on the networks."""

    def forward(self, moment: Moment) -> Scalar:
        raise TypeError("each term says what it is")

    def measures(self) -> dict[str, Scalar]:
        """What it has learned by the end of an epoch, as few numbers, on the device, by name."""
        return {}


def all_needs(terms: Sequence[Term]) -> Needs:
    """What at least one of them needs."""
    needed = NOTHING
    for term in terms:
        needed = needed | term.needs
    return needed
