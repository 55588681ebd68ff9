"""Most weights held at 0, the smallest first."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.models.layers import weight_layers
from worker.engine.regularizers.regularizer import Regularizer, Setting

# In which the share rises at most. To find the smallest weights takes long, 13 to 19 % of a step on a CPU,
# and a ramp may have thousands of steps.
STAIRS = 100


def share_at(chosen: spec.Sparsity, time: Time) -> float:
    """s · (1 − (1 − p)³) with the part p of the ramp that is done: fast at first, while much is spare.

    Zhu, Gupta 2017, equation 1. https://arxiv.org/abs/1710.01878
    """
    ramp, done = chosen.ramp(time.epochs), time.epoch - chosen.begin
    if done >= ramp:
        return chosen.share
    return chosen.share * (1 - (1 - max(done, 0.0) / ramp) ** 3)


def grow(masks: Sequence[Tensor], weights: Sequence[Tensor], share: float) -> None:
    """Add the smallest of the weights to the masks, until these hold the share of them all; in place.

    masks   True where a weight is held at 0; what is held once stays
    """
    scores = [weight.abs().masked_fill(mask, -1.0) for weight, mask in zip(weights, masks, strict=True)]
    together = torch.cat([score.flatten() for score in scores])
    if (count := round(share * together.numel())) > 0:
        chosen = torch.split(smallest(together, count), [score.numel() for score in scores])
        for mask, found in zip(masks, chosen, strict=True):
            mask.logical_or_(found.view_as(mask))


def smallest(scores: Tensor, count: int) -> Tensor:
    """Which are the smallest, exactly so many.

    Of those that are equal to the largest of them (a clipped layer may have thousands), some, evenly spread.
    """
    largest = scores.kthvalue(count).values
    below, equal = scores < largest, scores == largest
    missing, rank, all_equal = count - below.sum(), equal.cumsum(0), equal.sum()
    turn = rank * missing // all_equal > (rank - 1) * missing // all_equal
    return below | (equal & turn)


class Sparsity(Regularizer):
    """A share of the weights is exactly 0 after every step, also in the saved files.

    Weights of convolutions and linear layers, no biases; of each layer the same share, or of all together.
    The share follows the ramp, in at most 100 stairs, and ends exactly where it is to end. An epoch before
    its end is the best one only if there is none after. What is left of a training that ended before gets
    the whole share at once, without learning to live with it.
    """

    def __init__(self, chosen: spec.Sparsity) -> None:
        super().__init__()
        self.chosen = chosen
        self.share = 0.0  # that is held now

    def attach(self, setting: Setting) -> None:
        self.weights = [layer.weight for layer in weight_layers(setting.student, self.chosen.target).values()]
        for number, weight in enumerate(self.weights):
            self.register_buffer(f"held{number}", torch.zeros_like(weight, dtype=torch.bool))

    @torch.no_grad()
    def after_step(self, time: Time) -> None:
        share = share_at(self.chosen, time)
        reached = share >= self.chosen.share > self.share
        if reached or share - self.share >= self.chosen.share / STAIRS:
            self._grow(share)
        self._hold()

    def complete(self) -> bool:
        return self.share >= self.chosen.share

    @torch.no_grad()
    def finish(self) -> None:
        self._grow(self.chosen.share)
        self._hold()

    def get_extra_state(self) -> float:
        return self.share

    def set_extra_state(self, state: float) -> None:
        self.share = float(state)

    def _grow(self, share: float) -> None:
        masks = list(self.buffers())
        together = [slice(None)] if self.chosen.scope == "network" else _each(masks)
        for part in together:
            grow(masks[part], self.weights[part], share)
        self.share = share

    def _hold(self) -> None:
        for weight, mask in zip(self.weights, self.buffers(), strict=True):
            weight.masked_fill_(mask, 0.0)


def _each(masks: Sequence[Tensor]) -> list[slice]:
    return [slice(number, number + 1) for number in range(len(masks))]
