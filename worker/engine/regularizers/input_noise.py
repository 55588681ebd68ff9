"""Noise on what the student sees, so that it learns to answer alike for inputs that are nearly alike."""

from dataclasses import replace

import torch
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.moment import Seen
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting


def noisy(inputs: Tensor, std: float, generator: torch.Generator) -> Tensor:
    """inputs + std · ε, each ε drawn from N(0, 1) on its own."""
    return inputs + std * torch.empty_like(inputs).normal_(generator=generator)


class InputNoise(Regularizer):
    """Gaussian noise on each normalised input, fresh at every step.

    For small noise it is a penalty on the squared derivatives of the answers: Bishop 1995, "Training with
    noise is equivalent to Tikhonov regularization", https://doi.org/10.1162/neco.1995.7.1.108.

    With the teacher's view `clean`, the student must give for the noisy input what the teacher says of the
    clean one; with `noisy` both see the same.
    """

    def __init__(self, chosen: spec.InputNoise) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.stream = setting.stream

    def on_batch(self, time: Time, seen: Seen) -> Seen:
        std = self.chosen.std * factor(self.chosen.over_time, time)
        images = noisy(seen.images, std, self.stream.at(time.step))
        if self.chosen.teacher_view == "clean":
            return replace(seen, images=images)
        # No list of views has the noisy one.
        return replace(seen, images=images, teacher_images=images, views=None)
