"""Losses are scaled up where gradients are computed in float16, whose smallest number is 6e-8."""

from collections.abc import Mapping
from typing import Any

import torch
from torch.optim import SGD, Optimizer

from worker.engine.shapes import Scalar


class LossScale:
    """The factor of the loss, by which gradients are divided again before anyone looks at them.

    A step whose gradient has overflowed is left out, and the factor halved; after 2000 sound steps it is
    doubled. Of any other type than float16 nothing is scaled: its exponents are those of float32.

    Micikevicius et al. 2018, section 3.2. https://arxiv.org/abs/1710.03740
    """

    def __init__(self, optimizer: Optimizer, autocast: torch.dtype | None, device: torch.device) -> None:
        self.optimizer = optimizer
        self.scaler = torch.amp.GradScaler(device.type, enabled=autocast is torch.float16)
        if self.scaler.is_enabled():
            self.one = torch.ones((), device=device)
            self.skipped = torch.zeros((), device=device)
            begin_at_rest(optimizer)

    def scaled(self, loss: Scalar) -> Scalar:
        scaled: Scalar = self.scaler.scale(loss)
        return scaled

    def unscale(self) -> None:
        """Divide the gradients, and remember whether one of them is not finite."""
        if self.scaler.is_enabled():
            self.scaler.unscale_(self.optimizer)

    def step(self) -> None:
        """Let the optimizer step, unless a gradient has overflowed. The host does not learn of it."""
        before = self.scaled(self.one) if self.scaler.is_enabled() else None
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if before is not None:
            self.skipped += self.scaled(self.one) < before

    def measures(self) -> dict[str, Scalar]:
        """The factor as it is now, and the steps that were left out so far; nothing where it is always 1."""
        if not self.scaler.is_enabled():
            return {}
        return {"loss_scale": self.scaled(self.one), "skipped_steps": self.skipped}

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        if not self.scaler.is_enabled():
            return {}
        return {**self.scaler.state_dict(), "skipped": self.skipped}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state.

        raises RuntimeError or KeyError if it is none
        """
        if self.scaler.is_enabled():
            self.skipped = state["skipped"].to(self.skipped.device)
            self.scaler.load_state_dict({name: value for name, value in state.items() if name != "skipped"})


def begin_at_rest(optimizer: Optimizer) -> None:
    """Momentum of 0: if the first step is left out, torch's fused SGD would go on from unwritten memory."""
    if not isinstance(optimizer, SGD):
        return
    for group in optimizer.param_groups:
        for parameter in group["params"] if group["momentum"] else ():
            optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
