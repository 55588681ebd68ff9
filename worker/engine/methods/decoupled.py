"""Soft targets taken apart: how sure of the label, and what of the other classes."""

import torch
import torch.nn.functional as F

from core.spec import logit_terms as spec
from worker.engine.methods.answers import both
from worker.engine.methods.divergence import LogProbabilities, divergence
from worker.engine.methods.others import of_labels, of_others
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Labels, Logits, Scalar


def decoupled_loss(
    student: Logits, teacher: Logits, labels: Labels, temperature: float, alpha: float, beta: float
) -> Scalar:
    """T² · [α · KL(b_t ‖ b_s) + β · KL(q_t ‖ q_s)], of probabilities softened by T.

    b   two outcomes: the label, or any other class
    q   the other classes among themselves; of two classes there is but one, and this part is 0

    Hinton's loss is the same with α = 1 and β = 1 − p_t(label): there the teacher's sureness hides what it
    knows of the other classes.

    student, teacher   logits [batch, classes]; no gradient flows to the teacher's
    returns            ≥ 0; mean over the batch, in nats

    Zhao et al. 2022, equation 7. https://arxiv.org/abs/2203.08679
    """
    soft_s, soft_t = student / temperature, teacher.detach() / temperature
    target = divergence(label_or_not(soft_t, labels), label_or_not(soft_s, labels))
    others = divergence(*(F.log_softmax(of_others(soft, labels), dim=1) for soft in (soft_t, soft_s)))
    return temperature**2 * (alpha * target + beta * others)


def label_or_not(logits: Logits, labels: Labels) -> LogProbabilities:
    """log p(label) and log(1 − p(label)), [batch, 2].

    By the log-odds: 1 − p would be 0 for whom a network is sure, and its logarithm infinite.
    """
    odds = of_labels(logits, labels) - of_others(logits, labels).logsumexp(dim=1)
    return F.logsigmoid(torch.stack([odds, -odds], dim=1))


class Decoupled(Term):
    """`decoupled`"""

    def __init__(self, chosen: spec.Decoupled) -> None:
        super().__init__()
        self.chosen = chosen

    def forward(self, moment: Moment) -> Scalar:
        chosen = self.chosen
        student, teacher = both(moment, chosen.standardized)
        return decoupled_loss(student, teacher, moment.labels, chosen.temperature, chosen.alpha, chosen.beta)
