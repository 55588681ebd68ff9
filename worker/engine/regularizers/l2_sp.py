"""A penalty on the way that weights go from where they began."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.models.layers import weight_layers
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.shapes import Scalar


def squared_distance(weights: Sequence[Tensor], starts: Sequence[Tensor]) -> Scalar:
    """Σ(w − w₀)² over all weights; its gradient is 2 · (w − w₀)."""
    return torch.stack([(w - s).square().sum() for w, s in zip(weights, starts, strict=True)]).sum()


class L2Sp(Regularizer):
    """strength · Σ(w − w₀)², w₀ the weights as training began: those of a given or pretrained student, say.

    L²-SP of Li, Grandvalet, Davoine 2018, section 3, https://arxiv.org/abs/1802.01483; there the factor is
    α/2. The classifier is among them; a `target` can leave it out.
    """

    def __init__(self, chosen: spec.L2Sp) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.weights = [layer.weight for layer in weight_layers(setting.student, self.chosen.target).values()]
        for number, weight in enumerate(self.weights):
            self.register_buffer(f"start{number}", weight.detach().clone())

    def penalty(self, moment: Moment) -> Scalar:
        strength = self.chosen.strength * factor(self.chosen.over_time, moment.time)
        return strength * squared_distance(self.weights, list(self.buffers()))
