"""Depthwise convolutions on maps that are smaller than their kernel, and their gradient.

    ∂L/∂w[c, i, j]  =  Σ x[n, c, s·y + i − p, s·z + j − p] · ∂L/∂o[n, c, y, z]  over n, y and z

oneDNN has no kernel for it there on CPUs without AVX-512, and multiplies a matrix for each channel: two
thirds of a step of MobileNetV2 with its own stem on images of 32 pixels. The sum as it stands takes a
twentieth of that, or less.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.grad import conv2d_input


class Depthwise(nn.Conv2d):
    """A filter for each channel. Same weights, same names, same function."""

    def forward(self, maps: Tensor) -> Tensor:
        """[batch, channels, h, w] → the same, of h and w that follow from stride and padding."""
        height, width = self.kernel_size
        is_small = maps.shape[2] < height or maps.shape[3] < width
        if maps.is_cuda or not is_small or torch.is_autocast_enabled(maps.device.type):
            return super().forward(maps)
        assert not isinstance(self.padding, str), "only numbers are taken"
        answers: Tensor = _OnSmallMaps.apply(maps, self.weight, self.stride, self.padding)
        return answers if self.bias is None else answers + self.bias[:, None, None]


def is_depthwise(convolution: nn.Conv2d) -> bool:
    return (
        convolution.groups == convolution.in_channels == convolution.out_channels > 1
        and convolution.dilation == (1, 1)
        and convolution.padding_mode == "zeros"
        and not isinstance(convolution.padding, str)
    )


class _OnSmallMaps(torch.autograd.Function):
    """Can be differentiated twice: its gradient is made of functions of torch alone."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, stride: Any, padding: Any) -> Tensor:
        ctx.save_for_backward(maps, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(maps, weight, None, stride, padding, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        (gradient,), (maps, weight) = gradients, ctx.saved_tensors
        of_maps = of_weight = None
        if ctx.needs_input_grad[0]:
            of_maps = _of_maps(maps, weight, gradient, ctx.stride, ctx.padding)
        if ctx.needs_input_grad[1]:
            of_weight = _of_weight(maps, gradient, weight.shape, ctx.stride, ctx.padding)
        return of_maps, of_weight, None, None


def _of_maps(maps: Tensor, weight: Tensor, gradient: Tensor, stride: Any, padding: Any) -> Tensor:
    groups = len(weight)
    of_maps: Tensor = conv2d_input(maps.shape, weight, gradient, stride, padding, groups=groups)  # type: ignore[no-untyped-call]
    return of_maps


def _of_weight(maps: Tensor, gradient: Tensor, shape: torch.Size, stride: Any, padding: Any) -> Tensor:
    """A sum over images and positions for each number of the kernel; most meet nothing but padding."""
    nothing = maps.new_zeros(len(maps[0]))
    sums = [
        (maps[:, :, y[0], z[0]] * gradient[:, :, y[1], z[1]]).sum((0, 2, 3)) if y and z else nothing
        for y in _met(maps.shape[2], gradient.shape[2], shape[2], stride[0], padding[0])
        for z in _met(maps.shape[3], gradient.shape[3], shape[3], stride[1], padding[1])
    ]
    return torch.stack(sums, 1).view(shape)


def _met(
    inputs: int, outputs: int, kernel: int, stride: int, padding: int
) -> list[tuple[slice, slice] | None]:
    """For each place of the kernel along one side: inputs that it meets, outputs that it adds to."""
    found: list[tuple[slice, slice] | None] = []
    for place in range(kernel):
        offset = place - padding
        first, last = max(0, -(offset // stride)), min(outputs - 1, (inputs - 1 - offset) // stride)
        ends = slice(first * stride + offset, last * stride + offset + 1, stride), slice(first, last + 1)
        found.append(ends if first <= last else None)
    return found
