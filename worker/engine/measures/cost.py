"""What a network costs to keep and to ask."""

import copy

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

CONVENTION = (
    "multiply-accumulate operations of the convolutions and matrix products for one input, which is half of "
    "what torch.utils.flop_counter counts; normalisation, activations, pooling and biases are left out"
)


def parameters(network: nn.Module) -> int:
    """Trainable numbers; running statistics are none."""
    return sum(parameter.numel() for parameter in network.parameters())


@torch.no_grad()
def weights(network: nn.Module) -> dict[str, float]:
    """The largest of the weights, without its sign, and the share of those that are 0; biases are none."""
    every = torch.cat([one.abs().flatten() for one in network.parameters() if one.dim() > 1])
    return {"largest": every.max().item(), "zeros": (every == 0).double().mean().item()}


@torch.no_grad()
def macs(network: nn.Module, example: Tensor) -> int:
    """Multiply-accumulate operations for one input of this shape; the convention is in CONVENTION.

    Nothing is computed: shapes alone run through a copy of the network.
    """
    shapes = copy.deepcopy(network).to("meta").eval()
    with FlopCounterMode(display=False) as counter:
        shapes(torch.empty(1, *example.shape[1:], device="meta"))
    return int(counter.get_total_flops()) // 2
