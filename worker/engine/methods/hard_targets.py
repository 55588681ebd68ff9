"""Learn the teacher's decision as if it were the label."""

import torch.nn.functional as F

from core.spec import logit_terms as spec
from worker.engine.methods.answers import both
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Logits, Scalar


def hard_target_loss(student: Logits, teacher: Logits) -> Scalar:
    """Cross-entropy of the teacher's most probable class: mean of −log softmax(z_s)[argmax z_t], in nats.

    student, teacher   logits [batch, classes]; no gradient flows to the teacher's
    returns            ≥ 0

    The label of Touvron et al. 2021, section 4 (hard-label distillation). https://arxiv.org/abs/2012.12877
    """
    return F.cross_entropy(student, teacher.argmax(dim=1))


class HardTargets(Term):
    """`hard_targets`"""

    def __init__(self, chosen: spec.HardTargets) -> None:
        super().__init__()

    def forward(self, moment: Moment) -> Scalar:
        return hard_target_loss(*both(moment))
