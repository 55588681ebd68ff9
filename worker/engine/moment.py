"""One step of training, as terms and regularizers see it."""

from dataclasses import dataclass

from torch import nn

from worker.engine.shapes import Images, Labels, Logits


@dataclass(frozen=True)
class Moment:
    """What is known once both networks have answered.

    step      counts from 0
    teacher   None where no term reads it
    """

    step: int
    images: Images
    labels: Labels
    network: nn.Module
    student: Logits
    teacher: Logits | None
