"""Imitate how sure the teacher is of the label, and what it thinks of the others, made to sum to 1."""

import torch.nn.functional as F

from core.spec import logit_terms as spec
from worker.engine.methods.answers import both
from worker.engine.methods.others import of_labels, of_others
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Labels, Logits, Scalar


def normalized_loss(
    student: Logits, teacher: Logits, labels: Labels, temperature: float, gamma: float
) -> Scalar:
    """mean of −p_t(y) · log p_s(y) − γ · T² · Σ_{i ≠ y} q_t(i) · log q_s(i)

    p   softmax(z), not softened
    q   softmax(z/T) of the classes that are not the label

    student, teacher   logits [batch, classes]; no gradient flows to the teacher's
    returns            ≥ 0, in nats; not 0 for a student that equals its teacher: these are cross-entropies

    Yang et al. 2023, "A unified approach with normalized loss". https://arxiv.org/abs/2303.13005
    """
    teacher = teacher.detach()
    p, log_p = of_labels(F.softmax(teacher, dim=1), labels), of_labels(F.log_softmax(student, dim=1), labels)
    q = F.softmax(of_others(teacher, labels) / temperature, dim=1)
    log_q = F.log_softmax(of_others(student, labels) / temperature, dim=1)
    return (-p * log_p - gamma * temperature**2 * (q * log_q).sum(dim=1)).mean()


class Normalized(Term):
    """`normalized`"""

    def __init__(self, chosen: spec.Normalized) -> None:
        super().__init__()
        self.chosen = chosen

    def forward(self, moment: Moment) -> Scalar:
        student, teacher = both(moment, self.chosen.standardized)
        return normalized_loss(student, teacher, moment.labels, self.chosen.temperature, self.chosen.gamma)
