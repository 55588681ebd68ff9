"""Squared derivatives of activation functions: how much of a change each passes on."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from core.spec.regularizers import Activation


def relu(z: Tensor) -> Tensor:
    """1 where z > 0, else 0."""
    return (z > 0).float()


def relu6(z: Tensor) -> Tensor:
    """1 where 0 < z < 6, else 0."""
    return ((z > 0) & (z < 6)).float()


def sigmoid(z: Tensor) -> Tensor:
    """(σ · (1 − σ))²: at most 1/16."""
    answer = torch.sigmoid(z)
    return (answer * (1 - answer)).square()


def tanh(z: Tensor) -> Tensor:
    """(1 − tanh²)²"""
    return (1 - torch.tanh(z).square()).square()


def silu(z: Tensor) -> Tensor:
    """(σ + z · σ · (1 − σ))²"""
    gate = torch.sigmoid(z)
    return (gate + z * gate * (1 - gate)).square()


def gelu(z: Tensor) -> Tensor:
    """(Φ(z) + z · φ(z))², with the cumulative distribution Φ and the density φ of the normal distribution."""
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    return ((1 + torch.erf(z / math.sqrt(2))) / 2 + z * density).square()


def hardswish(z: Tensor) -> Tensor:
    """((2z + 3) / 6)² where |z| < 3, 1 above, 0 below."""
    return torch.where(z.abs() < 3, (2 * z + 3) / 6, (z >= 3).to(z.dtype)).square()


def hardsigmoid(z: Tensor) -> Tensor:
    """1/36 where |z| < 3, else 0."""
    return (z.abs() < 3).float() / 36


SquaredSlope = Callable[[Tensor], Tensor]

SQUARED_SLOPES: Mapping[Activation, SquaredSlope] = {
    "relu": relu,
    "relu6": relu6,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "silu": silu,
    "gelu": gelu,
    "hardswish": hardswish,
    "hardsigmoid": hardsigmoid,
}
# The same between two kinks: no gradient flows through it, and no input need be kept for one.
STEPPED: frozenset[Activation] = frozenset({"relu", "relu6", "hardsigmoid"})
