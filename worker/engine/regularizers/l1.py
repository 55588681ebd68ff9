"""A penalty on absolute weights, which makes many of them small."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.models.layers import weight_layers
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.shapes import Scalar


def absolute_sum(weights: Sequence[Tensor]) -> Scalar:
    """Σ|w| over all weights; its gradient is sign(w), and 0 at 0. Tibshirani 1996 (the lasso)."""
    return torch.stack([weight.abs().sum() for weight in weights]).sum()


class L1(Regularizer):
    """strength · Σ|w|, over 2m with `per_sample`; weights of convolutions and linear layers, no biases."""

    def __init__(self, chosen: spec.L1) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.weights = [layer.weight for layer in weight_layers(setting.student, self.chosen.target).values()]
        self.factor = self.chosen.strength / (2 * setting.training_images if self.chosen.per_sample else 1)

    def penalty(self, moment: Moment) -> Scalar:
        strength = self.factor * factor(self.chosen.over_time, moment.time)
        return strength * absolute_sum(self.weights)
