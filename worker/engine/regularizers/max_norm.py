"""A hard limit on the norm of each unit's weights."""

import torch
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.models.layers import weight_layers
from worker.engine.regularizers.regularizer import Regularizer, Setting


def project(weight: Tensor, radius: float) -> None:
    """w_i ← w_i · min(1, radius / ‖w_i‖) for each unit i, in place; within the ball it keeps every bit."""
    norms = torch.linalg.vector_norm(weight.flatten(1), dim=1)
    factors = (radius / norms).clamp(max=1.0)
    weight.mul_(factors.view(-1, *[1] * (weight.dim() - 1)))


class MaxNorm(Regularizer):
    """‖w_i‖ ≤ radius for each unit, once before the first step and after every one, to 1e-5 of the radius.

    Output channels of convolutions and outputs of linear layers; biases do not count. Srebro, Shraibman 2005;
    with dropout: Srivastava et al. 2014, section 5.1, https://jmlr.org/papers/v15/srivastava14a.html.
    """

    def __init__(self, chosen: spec.MaxNorm) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.limited = [layer.weight for layer in weight_layers(setting.student, self.chosen.target).values()]
        self._project()

    def after_step(self, time: Time) -> None:
        self._project()

    @torch.no_grad()
    def _project(self) -> None:
        for weight in self.limited:
            project(weight, self.chosen.radius)
