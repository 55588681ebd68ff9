"""Labels that are not quite sure."""

from dataclasses import replace

from core.spec import regularizers as spec
from worker.engine.clock import Time
from worker.engine.moment import Seen
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer, Setting
from worker.engine.regularizers.targets import targets_of
from worker.engine.shapes import Targets


def smoothed(targets: Targets, smoothing: float) -> Targets:
    """(1 − ε) · q + ε / classes: each row still sums to 1."""
    return (1 - smoothing) * targets + smoothing / targets.shape[1]


class LabelSmoothing(Regularizer):
    """The label loss asks for smoothed labels. Szegedy et al. 2016, section 7, https://arxiv.org/abs/1512.00567.

    Terms that read the teacher are asked for nothing else than before.
    """

    def __init__(self, chosen: spec.LabelSmoothing) -> None:
        super().__init__()
        self.chosen = chosen

    def attach(self, setting: Setting) -> None:
        self.classes = setting.material.classes

    def on_batch(self, time: Time, seen: Seen) -> Seen:
        smoothing = min(self.chosen.smoothing * factor(self.chosen.over_time, time), 1.0)
        return replace(seen, targets=smoothed(targets_of(seen, self.classes), smoothing))
