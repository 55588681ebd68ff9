"""A hard limit on the gradient of each step."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.models.layers import parameter_layers
from worker.engine.regularizers.regularizer import Regularizer, Setting


def clip_values(gradients: Sequence[Tensor], limit: float) -> None:
    """g ← clip(g, −limit, limit), in place."""
    for gradient in gradients:
        gradient.clamp_(-limit, limit)


def clip_norm(gradients: Sequence[Tensor], limit: float) -> None:
    """g ← g · min(1, limit / ‖g‖₂), the norm over all of them together; in place.

    Pascanu, Mikolov, Bengio 2013, algorithm 1. https://arxiv.org/abs/1211.5063
    """
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))
    factor = (limit / norm).clamp(max=1.0)  # stays on the device; exactly 1 where the limit does not bind
    for gradient in gradients:
        gradient.mul_(factor)


class GradientClipping(Regularizer):
    """Limits every value of the gradient, or its global norm, before the optimizer sees it.

    All parameters of the student, or those of the layers that `target` names.
    """

    def __init__(self, chosen: spec.GradientClipping) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        layers = parameter_layers(setting.student, self.chosen.target).values()
        self.limited = [parameter for layer in layers for parameter in layer.parameters(recurse=False)]

    @torch.no_grad()
    def after_backward(self, time: Time) -> None:
        gradients = [parameter.grad for parameter in self.limited if parameter.grad is not None]
        if self.chosen.max_abs is not None:
            clip_values(gradients, self.chosen.max_abs)
        if self.chosen.max_norm is not None:
            clip_norm(gradients, self.chosen.max_norm)
