"""What the data set itself says: the loss of ordinary training."""

import torch.nn.functional as F

from worker.engine.methods.answers import student_logits
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Labels, Logits, Scalar, Targets


def label_loss(student: Logits, labels: Labels | Targets) -> Scalar:
    """Cross-entropy of the labels: mean of −log softmax(z_s)[y], in nats.

    student   logits [batch, classes]
    labels    [batch], 0 … classes − 1; or probabilities [batch, classes], of which the mean is taken
    returns   ≥ 0
    """
    return F.cross_entropy(student, labels)


class LabelLoss(Term):
    """The label loss as a term of the objective."""

    reads_teacher = False

    def forward(self, moment: Moment) -> Scalar:
        targets = moment.seen.targets
        return label_loss(student_logits(moment), moment.labels if targets is None else targets)
