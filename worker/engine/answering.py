"""Ask a network, or a teacher, about a batch."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from worker.engine.moment import Features, Seen
from worker.engine.shapes import Inputs, Logits

Answering = Callable[[Inputs], tuple[Logits, Features]]
Teaching = Callable[[Seen], tuple[Logits, Features]]


@dataclass(frozen=True)
class Plain:
    """A network of which nothing but its logits is read."""

    network: nn.Module

    def __call__(self, images: Inputs) -> tuple[Logits, Features]:
        return self.network(images), Features()


@dataclass(frozen=True)
class LiveTeacher:
    """A frozen network that looks at each batch anew."""

    network: Answering
    autocast: torch.dtype | None = None

    @torch.no_grad()
    def __call__(self, seen: Seen) -> tuple[Logits, Features]:
        return answer(self.network, seen.teacher_images, self.autocast)


def answer(network: Answering, images: Inputs, autocast: torch.dtype | None) -> tuple[Logits, Features]:
    """Logits in float32: losses lose too much in less.

    autocast   what the forward pass is cast to, or None for float32
    """
    with torch.autocast(images.device.type, autocast, enabled=autocast is not None):
        logits, features = network(images)
    return logits.float(), features
