"""Let each image of a batch find the others as probable neighbours as the teacher does."""

from core.spec import feature_terms as spec
from worker.engine.methods.directions import directions
from worker.engine.methods.heard import pooled_features
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Likeness, OtherPooled, Pooled, Scalar
from worker.engine.taps import Needs

LEAST = 1e-7  # likeness of opposite vectors, whose logarithm must be finite


def neighbours(vectors: Pooled) -> Likeness:
    """Row i: how probable each image is as a neighbour of image i, by cosine, (cos + 1) / 2 over its sum.

    Every image is its own neighbour too, as in the field's reference runs: so a batch that is repeated gives
    the same loss.
    """
    unit = directions(vectors)
    alike = ((unit @ unit.T + 1) / 2).clamp_min(LEAST)
    return alike / alike.sum(dim=1, keepdim=True)


def probabilistic_loss(student: Pooled, teacher: OtherPooled) -> Scalar:
    """KL divergence from the teacher's neighbours to the student's: mean over i of Σ_j p_ij log(p_ij / q_ij).

    student, teacher   pooled features [batch, features] of any widths; no gradient flows to the teacher's
    returns            ≥ 0; mean over the batch, in nats

    Passalis, Tefas 2018, equations 5 and 8. https://arxiv.org/abs/1803.10837
    """
    p, q = neighbours(teacher.detach()), neighbours(student)
    return (p * (p.log() - q.log())).sum(dim=1).mean()


class Probabilistic(Term):
    """`probabilistic`"""

    needs = Needs(pooled=True)

    def __init__(self, chosen: spec.Probabilistic) -> None:
        super().__init__()

    def forward(self, moment: Moment) -> Scalar:
        return probabilistic_loss(*pooled_features(moment))
