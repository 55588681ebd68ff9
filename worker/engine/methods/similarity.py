"""Find images of a batch as alike as the teacher finds them."""

from core.spec import feature_terms as spec
from worker.engine.methods.directions import directions
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Likeness, Maps, OtherMaps, Scalar
from worker.engine.taps import Needs


def likeness(maps: Maps) -> Likeness:
    """Products of the flattened maps of each image with those of each, every row scaled to length 1."""
    flat = maps.flatten(1)
    return directions(flat @ flat.T)


def similarity_loss(student: Maps, teacher: OtherMaps) -> Scalar:
    """Squared difference of two tables of likeness: ‖norm(G_t) − norm(G_s)‖²_F / N, G = f fᵀ.

    student, teacher   maps [batch, channels, h, w] of any sizes; no gradient flows to the teacher's
    returns            ≥ 0; divided by N and not by N², since each of the N rows has length 1: a batch that is
                       repeated gives the same

    Tung, Mori 2019, equations 2 to 4. https://arxiv.org/abs/1907.09682
    """
    difference = likeness(teacher.detach()) - likeness(student)
    return difference.square().sum() / len(student)


class Similarity(Term):
    """`similarity`"""

    def __init__(self, chosen: spec.Similarity) -> None:
        super().__init__()
        self.stage = chosen.stage
        self.needs = Needs(stages=frozenset({chosen.stage}))

    def forward(self, moment: Moment) -> Scalar:
        return similarity_loss(
            moment.student_features.stages[self.stage], moment.teacher_features.stages[self.stage]
        )
