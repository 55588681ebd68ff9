"""A penalty on squared weights, which keeps all of them moderate."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.models.layers import weight_layers
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.shapes import Scalar


def squared_sum(weights: Sequence[Tensor]) -> Scalar:
    """Σw² over all weights; its gradient is 2w. Hoerl and Kennard 1970 (ridge regression)."""
    return torch.stack([weight.square().sum() for weight in weights]).sum()


class L2(Regularizer):
    """strength · Σw², over 2m with `per_sample`; weights of convolutions and linear layers, no biases.

    A term of the loss: with SGD the same as a weight decay of 2 · strength. With AdamW it differs, since the
    optimizer rescales this gradient but not its own, decoupled decay.
    """

    def __init__(self, chosen: spec.L2) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.weights = [layer.weight for layer in weight_layers(setting.student, self.chosen.target).values()]
        self.factor = self.chosen.strength / (2 * setting.training_images if self.chosen.per_sample else 1)

    def penalty(self, moment: Moment) -> Scalar:
        strength = self.factor * factor(self.chosen.over_time, moment.time)
        return strength * squared_sum(self.weights)
