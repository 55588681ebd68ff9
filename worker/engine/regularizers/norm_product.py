"""A penalty on the product of the norms of weights: how much a network can stretch its input."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.errors import InvalidJob
from core.spec import regularizers as spec
from worker.engine.models.layers import weight_layers
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.shapes import Scalar

TINY = 1e-12  # keeps the logarithm of weights that are all 0 finite
ORDERS: dict[spec.Norm, int] = {"l1": 1, "l2": 2}


def combined(norms: Sequence[Scalar], reduction: spec.Reduction) -> Scalar:
    """One number from the norms of all layers.

    product          Π n_l
    geometric_mean   (Π n_l)^(1/L), through logarithms: neither overflows nor underflows
    log_sum          Σ log n_l = log Π n_l: the gradient does not depend on the size of the product
    """
    stacked = torch.stack(list(norms))
    if reduction == "product":
        return stacked.prod()
    logarithms = (stacked + TINY).log()
    return logarithms.sum() if reduction == "log_sum" else logarithms.mean().exp()


class NormProduct(Regularizer):
    """strength · Π ‖W_l‖ over the chosen layers, each with the norm that was named for it.

    The product of the layers' norms bounds how far the outputs of a network with activations of slope ≤ 1
    can move for a move of its input: Neyshabur, Tomioka, Srebro 2015, https://arxiv.org/abs/1503.00036.
    """

    def __init__(self, chosen: spec.NormProduct) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        """raises InvalidJob if no layer is named like any of those asked for"""
        layers = weight_layers(setting.student)
        norms = {name: norm for name in layers if (norm := self.chosen.norm_of(name)) is not None}
        if not norms:
            raise InvalidJob(f"no layer is named like {self.chosen.layers[0].target!r}")
        self.weights: list[tuple[Tensor, int]] = [(layers[n].weight, ORDERS[norms[n]]) for n in norms]
        self.reduction = self.chosen.reduction_of(len(norms))

    def penalty(self, moment: Moment) -> Scalar:
        norms = [torch.linalg.vector_norm(weight, ord=order) for weight, order in self.weights]
        strength = self.chosen.strength * factor(self.chosen.over_time, moment.time)
        return strength * combined(norms, self.reduction)
