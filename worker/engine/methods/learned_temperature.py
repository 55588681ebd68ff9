"""Soft targets whose temperature learns to make them harder, as the student learns to meet them."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from core.spec import logit_terms as spec
from worker.engine.methods.answers import both
from worker.engine.methods.soft_targets import soft_target_loss
from worker.engine.methods.term import Pair, Term
from worker.engine.moment import Moment
from worker.engine.shapes import Scalar

LOWEST, RANGE = 1.0, 20.0  # T is between 1 and 21
FIRST = 1.0  # θ before training: T is 15.6


def temperature(theta: Scalar) -> Scalar:
    """T = 1 + 20 · σ(θ)

    Li et al. 2023, "Curriculum temperature". https://arxiv.org/abs/2211.16231
    """
    return LOWEST + RANGE * theta.sigmoid()


def reversal(epoch: float, epochs: float) -> float:
    """Factor of the gradient of θ: from 0 to −1 along half a cosine, then −1.

    epoch    epochs done
    epochs   that the change takes
    """
    return -(1 - math.cos(math.pi * min(epoch / epochs, 1.0))) / 2


class _WithGradient(torch.autograd.Function):
    """The same value; its gradient is multiplied by a factor."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients
        return ctx.factor * gradient, None


class LearnedTemperature(Term):
    """`learned_temperature`. The factor turns the descent of θ into an ascent: T comes to raise the loss.

    Measured: T.
    """

    def __init__(self, chosen: spec.LearnedTemperature) -> None:
        super().__init__()
        self.chosen = chosen
        self.theta = nn.Parameter(torch.tensor(FIRST))

    def attach(self, pair: Pair) -> None:
        self.to(pair.device)

    def forward(self, moment: Moment) -> Scalar:
        student, teacher = both(moment, self.chosen.standardized)
        factor = reversal(moment.time.epoch, self.chosen.reversal_epochs)
        theta: Tensor = _WithGradient.apply(self.theta, factor)
        return soft_target_loss(student, teacher, temperature(theta))

    def measures(self) -> dict[str, Scalar]:
        return {"temperature": temperature(self.theta.detach())}
