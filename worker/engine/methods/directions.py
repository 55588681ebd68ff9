"""Vectors without their lengths."""

import torch
from torch import Tensor

NO_LENGTH = 1e-7


def directions(vectors: Tensor) -> Tensor:
    """Each row divided by its length [batch, features].

    One without length has no direction: it stays 0, and no gradient flows to it. (Divided by a small number
    instead, it would get a gradient larger than all others by the inverse of that number.)
    """
    squared = vectors.square().sum(dim=1, keepdim=True)
    has_length = squared > NO_LENGTH**2
    return vectors * has_length / torch.where(has_length, squared, 1.0).sqrt()
