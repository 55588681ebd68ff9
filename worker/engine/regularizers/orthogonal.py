"""A penalty on units that look for the same: their weights are to be orthogonal."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.models.layers import weight_layers
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.shapes import Scalar


def departure(weights: Sequence[Tensor]) -> Scalar:
    """Σ_l ‖G_l − I‖²_F, where G_l is W Wᵀ, or Wᵀ W where that is smaller; W is [units, weights of a unit].

    More units than weights can't be orthogonal to each other; then the columns are to be.

    Soft orthogonality, Bansal, Chen, Wang 2018, section 3.1. https://arxiv.org/abs/1810.09102
    """
    found = []
    for weight in weights:
        matrix = weight.flatten(1)
        rows = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
        found.append((rows @ rows.T - torch.eye(len(rows), device=rows.device)).square().sum())
    return torch.stack(found).sum()


class Orthogonal(Regularizer):
    """strength · Σ_l ‖W Wᵀ − I‖²_F over linear layers and convolutions: a unit is an output channel."""

    def __init__(self, chosen: spec.Orthogonal) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.weights = [layer.weight for layer in weight_layers(setting.student, self.chosen.target).values()]

    def penalty(self, moment: Moment) -> Scalar:
        strength = self.chosen.strength * factor(self.chosen.over_time, moment.time)
        return strength * departure(self.weights)
