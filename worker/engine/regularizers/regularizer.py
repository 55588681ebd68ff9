"""What every regularizer is: something that acts at one of six moments of training."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from worker.engine.answering import Answering
from worker.engine.clock import Time
from worker.engine.data.material import Material
from worker.engine.models.architecture import Architecture
from worker.engine.moment import Moment, Seen
from worker.engine.randomness import Stream
from worker.engine.shapes import Scalar
from worker.engine.taps import Needs


@dataclass(frozen=True)
class Setting:
    """What a regularizer is attached to.

    material   the data of the run; of its splits a regularizer may read the training split only
    teacher    hooks what is needed of the teacher, and gives back who answers
    stream     random numbers of its own: no other part's draws change when it is added
    """

    student: nn.Module
    architecture: Architecture
    material: Material
    teacher: Callable[[Needs], Answering]
    stream: Stream

    @property
    def device(self) -> torch.device:
        return self.material.device

    @property
    def training_images(self) -> int:
        """m, the size of the training split."""
        return len(self.material.splits.train)


class Regularizer(nn.Module):
    """Keeps the student simple, by acting at one of six moments of training.

    attach           once, before training: change the student's forward pass, find its layers
    on_batch         change the batch
    around_backward  run the forward and backward pass somewhere else, of each part of the batch
    penalty          a term of the loss, from the moment; asked for each part, and weighted by its images
    after_backward   change gradients in place
    after_step       change weights in place

    What it must learn or remember it holds as parameters and buffers: they are checkpointed with the student,
    and never exported. Each subclass overrides what it needs.

    rank   those of a lower one act first, at every moment; most have 1
    """

    rank: ClassVar[int] = 1

    def check(self, student: nn.Module) -> None:
        """Asked before anything is trained.

        raises InvalidJob if such a student has nothing to act on
        """

    def attach(self, setting: Setting) -> None:
        """Called once, when the student has its first weights."""

    def on_batch(self, time: Time, seen: Seen) -> Seen:
        return seen

    def around_backward(self, time: Time) -> AbstractContextManager[None]:
        return nullcontext()

    def penalty(self, moment: Moment) -> Scalar | None:
        return None

    def after_backward(self, time: Time) -> None: ...

    def after_step(self, time: Time) -> None: ...

    def complete(self) -> bool:
        """Whether its limit is as strict as it was asked to become."""
        return True

    def finish(self) -> None:
        """Make it so strict at once, on the weights as they are now."""

    def measures(self) -> dict[str, Scalar]:
        """What else it has to tell of the epoch that ends, on the device, by name."""
        return {}
