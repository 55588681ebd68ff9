"""Imitate the teacher most where the student knows less than it."""

import torch
import torch.nn.functional as F

from core.spec import logit_terms as spec
from worker.engine.methods.answers import both
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Labels, Logits, PerImage, Scalar

EPSILON = 1e-7  # of a teacher that is wholly sure of the label


def weighted_soft_loss(
    student: Logits, teacher: Logits, labels: Labels, temperature: float, alpha: float
) -> Scalar:
    """α · T² · mean of (1 − exp(−CE_s / CE_t)) · H(p_t(T), p_s(T)), in nats.

    The weight of an image is small where the student's loss CE_s is below the teacher's CE_t: there the soft
    targets would only hold it back. No gradient flows through it.

    student, teacher   logits [batch, classes]; no gradient flows to the teacher's
    returns            ≥ 0; not 0 for a student that equals its teacher: H is a cross-entropy

    Zhou et al. 2021, "Rethinking soft labels". https://arxiv.org/abs/2102.00650
    """
    teacher = teacher.detach()
    return alpha * imitated(student, teacher, need(student.detach(), teacher, labels), temperature)


def imitated(student: Logits, teacher: Logits, needed: PerImage, temperature: float) -> Scalar:
    """T² · mean of needed · H(p_t(T), p_s(T))."""
    p, log_q = F.softmax(teacher / temperature, dim=1), F.log_softmax(student / temperature, dim=1)
    return temperature**2 * (needed * -(p * log_q).sum(dim=1)).mean()


def need(student: Logits, teacher: Logits, labels: Labels) -> PerImage:
    """1 − exp(−CE_s / (CE_t + 1e−7)) of each image, of probabilities that are not softened: 0 to 1."""
    ours, theirs = (F.cross_entropy(z, labels, reduction="none") for z in (student, teacher))
    return -torch.expm1(-ours / (theirs + EPSILON))


class WeightedSoft(Term):
    """`weighted_soft`"""

    def __init__(self, chosen: spec.WeightedSoft) -> None:
        super().__init__()
        self.chosen = chosen

    def forward(self, moment: Moment) -> Scalar:
        student, teacher = both(moment)
        # Of the logits as they are, also where standardized ones are imitated: those tell nobody's own loss.
        needed = need(student.detach(), teacher, moment.labels)
        compared = both(moment, self.chosen.standardized)
        return self.chosen.alpha * imitated(*compared, needed, self.chosen.temperature)
