"""A network behind inputs that were normalised for another one.

(v − m')/s'  =  (v − m)/s · s/s'  +  (m − m')/s'   per channel, of values that were normalised by m and s
"""

import torch
from torch import Tensor, nn

from worker.engine.data.normalization import Normalization
from worker.engine.shapes import Images, Logits


class Renormalized(nn.Module):
    """Gives a network what it was trained on, from the images of a run that normalises otherwise.

    Value by value before its first layer, so that it is exact at the borders, where layers pad with zeros.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, network: nn.Module, seen: Normalization, needed: Normalization) -> None:
        super().__init__()
        self.network = network
        mean, std = _channels(seen)
        own_mean, own_std = _channels(needed)
        self.register_buffer("scale", (std / own_std).float())
        self.register_buffer("shift", ((mean - own_mean) / own_std).float())

    def forward(self, images: Images) -> Logits:
        logits: Logits = self.network(torch.addcmul(self.shift, images, self.scale))
        return logits


def renormalized(network: nn.Module, seen: Normalization, needed: Normalization) -> nn.Module:
    """The network itself where it needs the images as they are."""
    return network if seen == needed else Renormalized(network, seen, needed)


def _channels(of: Normalization) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation as [3, 1, 1], to meet images of [batch, 3, side, side]."""
    mean, std = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in (of.mean, of.std))
    return mean, std
