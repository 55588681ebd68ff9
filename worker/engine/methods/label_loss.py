"""What the data set itself says: the loss of ordinary training."""

import torch.nn.functional as F

from worker.engine.moment import Moment
from worker.engine.shapes import Labels, Logits, Scalar


def label_loss(student: Logits, labels: Labels) -> Scalar:
    """Cross-entropy of the labels: mean of −log softmax(z_s)[y], in nats.

    student   logits [batch, classes]
    labels    [batch], 0 … classes − 1
    returns   ≥ 0
    """
    return F.cross_entropy(student, labels)


class LabelLoss:
    """The label loss as a term of the objective."""

    reads_teacher = False

    def __call__(self, moment: Moment) -> Scalar:
        return label_loss(moment.student, moment.labels)
