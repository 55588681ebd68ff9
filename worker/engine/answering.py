"""Ask a network, or a teacher, about a batch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import nn

from worker.engine.moment import Features, Seen
from worker.engine.shapes import Inputs, Logits

Answering = Callable[[Inputs], tuple[Logits, Features]]
HALF_MAX = torch.finfo(torch.half).max


@runtime_checkable
class Teaching(Protocol):
    """What a student's training asks about each batch.

    hits   the share of the epoch's answers that needed no computing; None of a teacher that keeps none
    """

    @property
    def hits(self) -> float | None: ...

    def prepare(self, epoch: int, goes_on: Callable[[], bool]) -> bool:
        """Called before the batches of an epoch; returns False if it was left before its end.

        goes_on    called between two pieces of work: whether to do the next one
        """

    def __call__(self, seen: Seen) -> tuple[Logits, Features]: ...


@dataclass(frozen=True)
class Plain:
    """A network of which nothing but its logits is read."""

    network: nn.Module

    def __call__(self, images: Inputs) -> tuple[Logits, Features]:
        return self.network(images), Features()


@dataclass(frozen=True)
class LiveTeacher:
    """A frozen network that looks at each batch anew.

    halved   its logits are rounded to half precision, as those that are looked up are
    """

    network: Answering
    autocast: torch.dtype | None = None
    halved: bool = False
    hits: None = None

    @torch.no_grad()
    def __call__(self, seen: Seen) -> tuple[Logits, Features]:
        logits, features = answer(self.network, seen.teacher_images, self.autocast)
        return halved(logits).float() if self.halved else logits, features

    def prepare(self, epoch: int, goes_on: Callable[[], bool]) -> bool:
        return True


def halved(logits: Logits) -> Logits:
    """To the nearest number of half precision: 11 bits, so within 2^-11 of each value's size.

    What is beyond its range becomes its largest number; infinite logits would make every loss NaN.
    """
    return logits.clamp(-HALF_MAX, HALF_MAX).half()


def answer(network: Answering, images: Inputs, autocast: torch.dtype | None) -> tuple[Logits, Features]:
    """Logits in float32: losses lose too much in less.

    autocast   what the forward pass is cast to, or None for float32
    """
    with torch.autocast(images.device.type, autocast, enabled=autocast is not None):
        logits, features = network(images)
    return logits.float(), features
