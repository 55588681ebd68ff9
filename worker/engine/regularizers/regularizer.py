"""What every regularizer is: something that acts at one of six moments of training."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from torch import nn

from worker.engine.clock import Time
from worker.engine.models.architecture import Architecture
from worker.engine.moment import Moment, Seen
from worker.engine.randomness import Stream
from worker.engine.shapes import Scalar


@dataclass(frozen=True)
class Setting:
    """What a regularizer is attached to.

    training_images   m, the size of the training split
    stream            random numbers of its own: no other part's draws change when it is added
    """

    student: nn.Module
    architecture: Architecture
    training_images: int
    stream: Stream


class Regularizer(nn.Module):
    """Keeps the student simple, by acting at one of six moments of training.

    attach           once, before training: change the student's forward pass, find its layers
    on_batch         change the batch
    around_backward  run the forward and backward pass somewhere else
    penalty          a term of the loss, from the moment
    after_backward   change gradients in place
    after_step       change weights in place

    What it must learn it holds as parameters. Each subclass overrides what it needs.
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
