"""Drop activations at random, so that no unit can rely on another one."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting

MAX_RATE = 0.9


def depth_rate(rate: float, alpha: float, layer: int) -> float:
    """p_k = min(0.9, 2 · rate · σ(α · (k − 1))): `rate` at layer k = 1, rising with depth.

    rate 0.5 gives 1 − 1 / (1 + exp(α · (k − 1))) below the cap.
    """
    return min(MAX_RATE, 2 * rate / (1 + math.exp(-alpha * (layer - 1))))


def drop(activations: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    """Each activation is 0 with probability `rate`, else divided by (1 − rate): the mean stays.

    Srivastava et al. 2014. https://jmlr.org/papers/v15/srivastava14a.html
    """
    kept = torch.empty_like(activations).bernoulli_(1 - rate, generator=generator)
    return activations * kept / (1 - rate)


class Dropout(Regularizer):
    """Dropout before the classifier or after each stage, in training mode only.

    It is hung into the forward pass by hooks: the student's modules and the names of its weights stay.
    """

    def __init__(self, chosen: spec.Dropout) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.stream = setting.stream
        if self.chosen.placement == "classifier":
            head = setting.student.get_submodule(setting.architecture.head)
            head.register_forward_pre_hook(partial(self._before, self._rate(1)))
            return
        for number, stage in enumerate(setting.architecture.stages, start=1):
            setting.student.get_submodule(stage).register_forward_hook(
                partial(self._after, self._rate(number))
            )

    @contextmanager
    def around_backward(self, time: Time) -> Iterator[None]:
        """The masks are drawn from here on, in the order of the forward pass."""
        self.generator = self.stream.at(time.step, time.part)
        self.factor = factor(self.chosen.over_time, time)
        yield

    def _rate(self, layer: int) -> float:
        if self.chosen.schedule == "constant":
            return self.chosen.rate
        return depth_rate(self.chosen.rate, self.chosen.alpha, layer)

    def _before(self, rate: float, module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (self._drop(inputs[0], rate),) if module.training else inputs

    def _after(self, rate: float, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return self._drop(output, rate) if module.training else output

    def _drop(self, activations: Tensor, rate: float) -> Tensor:
        return drop(activations, min(rate * self.factor, max(rate, MAX_RATE)), self.generator)
