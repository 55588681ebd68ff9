"""Optimizer and learning rate."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from core.spec.optimization import Optimization
from core.spec.resolve import peak_learning_rate
from worker.engine.models.layers import weight_layers


@dataclass(frozen=True)
class Schedule:
    """The learning rate of each step: a linear rise over the warm-up, then a cosine to 0 or a constant.

    peak            the highest rate
    warmup_steps    rise over so many steps; 0 starts at the peak
    steps           of the whole training
    cosine          otherwise constant

    Loshchilov, Hutter 2017, equation 5. https://arxiv.org/abs/1608.03983
    """

    peak: float
    warmup_steps: int
    steps: int
    cosine: bool

    def __call__(self, step: int) -> float:
        """The rate of this step, counted from 0."""
        if step < self.warmup_steps:
            return self.peak * (step + 1) / self.warmup_steps
        if not self.cosine:
            return self.peak
        done = (step - self.warmup_steps) / max(1, self.steps - self.warmup_steps)
        return self.peak * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def schedule(
    optimization: Optimization, *, warmup_epochs: int, epochs: int, steps_per_epoch: int
) -> Schedule:
    """The schedule that the spec asks for, in steps."""
    return Schedule(
        peak=peak_learning_rate(optimization),
        warmup_steps=min(warmup_epochs, epochs) * steps_per_epoch,
        steps=epochs * steps_per_epoch,
        cosine=optimization.schedule == "cosine",
    )


def optimizer(
    network: nn.Module, optimization: Optimization, learned: Iterable[nn.Parameter] = ()
) -> Optimizer:
    """SGD with momentum, or AdamW, each as one fused kernel.

    Weight decay covers the weights of convolutions and linear layers only, as the penalties do: an SGD decay
    of 2λ is an `l2` of strength λ.

    learned   parameters that are trained beside the network: what terms and regularizers hold of their own
    """
    weights = [layer.weight for layer in weight_layers(network).values()]
    decayed = {id(weight) for weight in weights}
    others = [parameter for parameter in network.parameters() if id(parameter) not in decayed]
    groups: list[dict[str, Any]] = [{"params": weights}, {"params": others, "weight_decay": 0.0}]
    if own := list(learned):
        groups.append({"params": own, "weight_decay": 0.0})
    rate, decay = peak_learning_rate(optimization), optimization.weight_decay
    if optimization.optimizer == "sgd":
        return SGD(groups, lr=rate, momentum=optimization.momentum, weight_decay=decay, fused=True)
    return AdamW(groups, lr=rate, betas=optimization.betas, weight_decay=decay, fused=True)


def set_learning_rate(of: Optimizer, rate: float) -> None:
    for group in of.param_groups:
        group["lr"] = rate


def autocast_type(precision: str, device: torch.device) -> torch.dtype | None:
    """What forward passes are cast to, or None for float32.

    `auto` takes bfloat16 on GPUs that have it; elsewhere float32.
    """
    if precision in ("bfloat16", "float16"):
        return torch.bfloat16 if precision == "bfloat16" else torch.float16
    if (
        precision == "auto"
        and device.type == "cuda"
        and torch.cuda.is_bf16_supported(including_emulation=False)
    ):
        return torch.bfloat16
    return None


def precision_in_effect(precision: str, device: torch.device) -> str:
    """What `auto` came to on this device; of another precision, that one."""
    return str(autocast_type(precision, device) or torch.float32).removeprefix("torch.")
