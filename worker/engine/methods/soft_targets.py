"""Knowledge distillation as first described: imitate the teacher's softened probabilities."""

import torch.nn.functional as F

from core.spec import logit_terms as spec
from worker.engine.methods.answers import both
from worker.engine.methods.divergence import divergence
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Logits, Scalar


def soft_target_loss(student: Logits, teacher: Logits, temperature: float | Scalar) -> Scalar:
    """KL divergence from the teacher's softened probabilities to the student's: T² · KL(p_t(T) ‖ p_s(T)).

    Multiplied by temperature², so that its gradient keeps its size as the temperature changes.

    student, teacher   logits [batch, classes]; no gradient flows to the teacher's
    temperature        > 0; 1 leaves the probabilities as they are
    returns            ≥ 0; mean over the batch (not over classes), in nats

    Hinton, Vinyals, Dean 2015, section 2.1. https://arxiv.org/abs/1503.02531
    """
    log_p = F.log_softmax(teacher.detach() / temperature, dim=1)
    log_q = F.log_softmax(student / temperature, dim=1)
    return temperature**2 * divergence(log_p, log_q)


class SoftTargets(Term):
    """`soft_targets`"""

    def __init__(self, chosen: spec.SoftTargets) -> None:
        super().__init__()
        self.chosen = chosen

    def forward(self, moment: Moment) -> Scalar:
        student, teacher = both(moment, self.chosen.standardized)
        return soft_target_loss(student, teacher, self.chosen.temperature)
