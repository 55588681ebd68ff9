"""A penalty on answers that leave no room for doubt."""

import torch.nn.functional as F

from core.spec import regularizers as spec
from worker.engine.moment import Moment
from worker.engine.over_time import factor
from worker.engine.regularizers.regularizer import Regularizer
from worker.engine.shapes import Logits, Scalar


def entropy(logits: Logits) -> Scalar:
    """The mean of H(p) = −Σ p log p over the batch, p = softmax(z), in nats: 0 … log classes."""
    log_p = F.log_softmax(logits, dim=1)
    return -(log_p.exp() * log_p).sum(dim=1).mean()


class ConfidencePenalty(Regularizer):
    """−strength · H(p_s). Pereyra et al. 2017, equation 2. https://arxiv.org/abs/1701.06548"""

    def __init__(self, chosen: spec.ConfidencePenalty) -> None:
        super().__init__()
        self.chosen = chosen

    def penalty(self, moment: Moment) -> Scalar:
        strength = self.chosen.strength * factor(self.chosen.over_time, moment.time)
        return -strength * entropy(moment.student)
