"""A student whose step was compiled, for batches of one shape."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from core.spec import JobSpec
from worker.engine import ranks
from worker.engine.answering import Answering, answer
from worker.engine.data.material import Material
from worker.engine.moment import Features
from worker.engine.narrator import Narrator
from worker.engine.optimization import autocast_type
from worker.engine.shapes import Inputs, Logits

LONGEST_REASON = 200


@dataclass(frozen=True)
class Compiled:
    """Answers batches of one shape by compiled code, and any other, such as the last of an epoch, as ever.

    network    trained all the same: the code reads its weights, and updates its statistics
    """

    network: nn.Module
    code: Callable[[Inputs], Logits]
    shape: torch.Size

    def __call__(self, images: Inputs) -> tuple[Logits, Features]:
        asked = self.code if images.shape == self.shape else self.network
        return asked(images), Features()


def compiled(
    spec: JobSpec, material: Material, network: nn.Module, ear: Answering, narrator: Narrator
) -> Answering:
    """The network, compiled where the resolved spec says so, and this machine can.

    ear    asks it uncompiled
    """
    if spec.optimization.compile != "on":
        return ear
    parts = spec.optimization.accumulation * ranks.count()
    images = material.example(-(-spec.optimization.batch_size // parts))
    whole = Compiled(network, torch.compile(network, dynamic=False), images.shape)
    try:
        network.train()
        with narrator.busy():
            _try(whole, images, autocast_type(spec.optimization.precision, material.device))
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        narrator.log("warning", f"the step is not compiled: {_reason(error)}")
        return ear
    narrator.log("info", "the step is compiled")
    return whole


def _try(network: Compiled, images: Inputs, autocast: torch.dtype | None) -> None:
    """One step forth and back, of which nothing stays: what can't be compiled fails here, not in training."""
    before = [one.clone() for one in network.network.buffers()]
    try:
        logits, _ = answer(network, images, autocast)
        torch.autograd.backward(logits.sum())
    finally:
        for one, value in zip(network.network.buffers(), before, strict=True):
            one.copy_(value)
        network.network.zero_grad(set_to_none=True)


def _reason(error: RuntimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:LONGEST_REASON] if lines else type(error).__name__
