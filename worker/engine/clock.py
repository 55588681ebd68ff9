"""Where a step stands in a training."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Time:
    """One step of a training.

    step     counts from 0
    epoch    epochs done before it, with its fraction: 1.5 is the middle of the second
    epochs   of the whole training, as planned
    part     of the batch, from 0: a batch may be learned from in parts
    """

    step: int
    epoch: float
    epochs: int
    part: int = 0


@dataclass(frozen=True)
class Clock:
    """Knows how many steps make an epoch, and how many epochs are planned."""

    steps_per_epoch: int
    epochs: int

    def at(self, step: int) -> Time:
        return Time(step, step / self.steps_per_epoch, self.epochs)
