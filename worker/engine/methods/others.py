"""All that is said of an image beside its label: what the losses read that take the label apart."""

import torch
from jaxtyping import Float
from torch import Tensor

from worker.engine.shapes import Labels, Logits, PerImage

Others = Float[Tensor, "batch others"]


def of_others(logits: Logits, labels: Labels) -> Others:
    """The logits of every class but the label, in their order: [batch, classes − 1].

    Gathered, since choosing them by a mask would make the host wait for their number.
    """
    ranks = torch.arange(logits.shape[1] - 1, device=logits.device)
    beyond = ranks >= labels[:, None]  # from the label on, the next class
    return logits.gather(1, ranks + beyond)


def of_labels(values: Logits, labels: Labels) -> PerImage:
    """The value of each image's label: [batch]."""
    return values.gather(1, labels[:, None]).squeeze(1)
