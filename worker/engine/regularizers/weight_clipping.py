"""A hard limit on every weight."""

import torch

from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.models.layers import weight_layers
from worker.engine.regularizers.regularizer import Regularizer, Setting


def float32_limit(limit: float) -> float:
    """The largest float32 that is not above the limit: 0.1 itself would round to 0.10000000149."""
    nearest = torch.tensor(limit, dtype=torch.float32)
    if nearest.double().item() > limit:
        nearest = torch.nextafter(nearest, torch.zeros_like(nearest))
    return nearest.item()


class WeightClipping(Regularizer):
    """w ← clip(w, −max_abs, max_abs), once before the first step and after every one.

    Weights of convolutions and linear layers, with `include_bias` their biases too; never normalisations.
    Exact in float32, also in the saved files. As in Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875.
    """

    def __init__(self, chosen: spec.WeightClipping) -> None:
        super().__init__()
        self.chosen = chosen
        self.limit = float32_limit(chosen.max_abs)

    def attach(self, setting: Setting) -> None:
        layers = weight_layers(setting.student, self.chosen.target).values()
        self.limited = [layer.weight for layer in layers]
        if self.chosen.include_bias:
            self.limited += [layer.bias for layer in layers if layer.bias is not None]
        self._clip()

    def after_step(self, time: Time) -> None:
        self._clip()

    @torch.no_grad()
    def _clip(self) -> None:
        for weight in self.limited:
            weight.clamp_(-self.limit, self.limit)
