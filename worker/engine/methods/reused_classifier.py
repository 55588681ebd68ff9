"""Give the teacher's classifier what it reads of the teacher."""

from core.spec import feature_terms as spec
from worker.engine.methods.heard import of_one_size
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Maps, Scalar
from worker.engine.taps import Needs


def projected_loss(projected: Maps, teacher: Maps) -> Scalar:
    """Mean squared difference of what the classifier reads: mean (P(F_s) − F_t)².

    projected   the student's last map as the projector P puts it out [batch, channels, h, w]
    teacher     as large; no gradient flows to it
    returns     ≥ 0; mean over batch, channels and positions

    Chen et al. 2022, equation 4. https://arxiv.org/abs/2203.14001
    """
    return (projected - teacher.detach()).square().mean()


class ReusedClassifier(Term):
    """`reused_classifier`: P is part of the student, which answers through it; so nothing is learned here.

    Where the two maps differ in size, the larger one is averaged over areas.
    """

    needs = Needs(read=True)

    def __init__(self, chosen: spec.ReusedClassifier) -> None:
        """What it says of the projector is for who builds the student."""
        super().__init__()

    def forward(self, moment: Moment) -> Scalar:
        projected, teacher = moment.student_features.read, moment.teacher_features.read
        assert projected is not None, "a term that reads them needs them"
        assert teacher is not None, "a term that reads them needs them"
        return projected_loss(*of_one_size(projected, teacher))
