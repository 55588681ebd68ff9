"""Imitate the logits themselves, with no softening between."""

from core.spec import logit_terms as spec
from worker.engine.methods.answers import both
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Logits, Scalar


def logit_mse_loss(student: Logits, teacher: Logits) -> Scalar:
    """Mean squared difference of the logits: mean of (z_s − z_t)², over the batch and the classes.

    student, teacher   logits [batch, classes]; no gradient flows to the teacher's
    returns            ≥ 0

    Ba, Caruana 2014, section 2. https://arxiv.org/abs/1312.6184
    """
    return (student - teacher.detach()).square().mean()


class LogitMse(Term):
    """`logit_mse`"""

    def __init__(self, chosen: spec.LogitMse) -> None:
        super().__init__()

    def forward(self, moment: Moment) -> Scalar:
        return logit_mse_loss(*both(moment))
