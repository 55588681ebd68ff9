"""What a table itself says of a measure: the loss of ordinary regression."""

from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Logits, Measures, Scalar


def squared_error(student: Logits, measures: Measures) -> Scalar:
    """mean (z_s − y)²: least squares, Legendre 1805.

    student    answers [batch, 1]
    measures   [batch], standardised
    returns    ≥ 0
    """
    return (student[:, 0] - measures).square().mean()


class SquaredError(Term):
    """The label loss of a regression as a term of the objective."""

    reads_teacher = False

    def forward(self, moment: Moment) -> Scalar:
        return squared_error(moment.student, moment.labels)
