"""A penalty on the norms of units, which takes whole channels to 0."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.models.layers import weight_layers
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.shapes import Scalar


def group_norms(weights: Sequence[Tensor]) -> Scalar:
    """Σ_i √p · ‖w_i‖ over the units i of all layers, p the number of weights that feed one unit.

    With √p, units of large and small layers are under the same pressure. The gradient at a unit of weights 0
    is 0.

    Yuan, Lin 2006, equation 2.1, https://doi.org/10.1111/j.1467-9868.2005.00532.x; of channels: Wen et al.
    2016, https://arxiv.org/abs/1608.03665.
    """
    sums = []
    for weight in weights:
        units = weight.flatten(1)
        sums.append(units.shape[1] ** 0.5 * torch.linalg.vector_norm(units, dim=1).sum())
    return torch.stack(sums).sum()


class GroupLasso(Regularizer):
    """strength · Σ_i √p · ‖w_i‖, unit by unit: output channels of convolutions, outputs of linear layers."""

    def __init__(self, chosen: spec.GroupLasso) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.weights = [layer.weight for layer in weight_layers(setting.student, self.chosen.target).values()]

    def penalty(self, moment: Moment) -> Scalar:
        strength = self.chosen.strength * factor(self.chosen.over_time, moment.time)
        return strength * group_norms(self.weights)
