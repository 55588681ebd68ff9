"""Mixtures of two inputs, so that between two of them the answers go in a straight line."""

from dataclasses import replace

import torch
from torch import Tensor

from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.moment import Seen
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.regularizers.targets import targets_of


def mixed(values: Tensor, partners: Tensor, share: float) -> Tensor:
    """share · v_i + (1 − share) · v_partner(i)"""
    return share * values + (1 - share) * values[partners]


class Mixup(Regularizer):
    """Each input is mixed with another of its batch, and so are their labels; the teacher sees the mixture.

    One share a step, from Beta(α, α). Zhang et al. 2018, section 2, https://arxiv.org/abs/1710.09412; with a
    teacher: Beyer et al. 2022, https://arxiv.org/abs/2106.05237.
    """

    def __init__(self, chosen: spec.Mixup) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.stream = setting.stream
        self.classes = setting.material.classes

    def on_batch(self, time: Time, seen: Seen) -> Seen:
        share = self._share(time)
        generator = self.stream.at(time.step)
        partners = torch.randperm(len(seen.labels), generator=generator, device=seen.labels.device)
        return replace(
            seen,
            images=mixed(seen.images, partners, share),
            teacher_images=mixed(seen.teacher_images, partners, share),
            targets=mixed(targets_of(seen, self.classes), partners, share),
            views=None,  # no list of views has mixtures
        )

    def _share(self, time: Time) -> float:
        """Drawn on the host, where it is a plain number; of α = 0 a mixture is the input itself."""
        alpha = self.chosen.alpha * factor(self.chosen.over_time, time)
        return self.stream.on_host(time.step).betavariate(alpha, alpha) if alpha > 0 else 1.0
