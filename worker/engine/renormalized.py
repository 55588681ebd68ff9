"""A network behind inputs that were normalised for another one.

(v − m')/s'  =  (v − m)/s · s/s'  +  (m − m')/s'   per channel, of values that were normalised by m and s
"""

import torch
from torch import Tensor, nn

from worker.engine.data.normalization import Normalization
from worker.engine.data.scaling import Scaling
from worker.engine.data.tables.standardization import Standardization
from worker.engine.shapes import Images, Logits, RowInputs


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


class Restandardized(nn.Module):
    """The same for rows; answers of a measure come back in the run's own standard deviations, too."""

    scale: Tensor
    shift: Tensor

    def __init__(self, network: nn.Module, seen: Standardization, needed: Standardization) -> None:
        super().__init__()
        self.network = network
        mean, std, own_mean, own_std = (
            torch.tensor(values, dtype=torch.float64)
            for values in (seen.mean, seen.std, needed.mean, needed.std)
        )
        self.register_buffer("scale", (std / own_std).float())
        self.register_buffer("shift", ((mean - own_mean) / own_std).float())
        self.answer_scale = needed.target_std / seen.target_std
        self.answer_shift = (needed.target_mean - seen.target_mean) / seen.target_std

    def forward(self, rows: RowInputs) -> Logits:
        answers: Logits = self.network(torch.addcmul(self.shift, rows, self.scale))
        return answers * self.answer_scale + self.answer_shift


def renormalized(network: nn.Module, seen: Scaling, needed: Scaling) -> nn.Module:
    """The network itself where it needs its inputs as they are."""
    if seen == needed:
        return network
    if isinstance(seen, Standardization) and isinstance(needed, Standardization):
        return Restandardized(network, seen, needed)
    assert isinstance(seen, Normalization), "what a run sees is of one kind"
    assert isinstance(needed, Normalization), "weights were compared with the data"
    return Renormalized(network, seen, needed)


def _channels(of: Normalization) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation as [3, 1, 1], to meet images of [batch, 3, side, side]."""
    mean, std = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in (of.mean, of.std))
    return mean, std
