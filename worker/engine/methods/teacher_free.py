"""Learn from a teacher that nobody trained: sure of the label, and of nothing else."""

import math

import torch
import torch.nn.functional as F

from core.spec import logit_terms as spec
from worker.engine.methods.answers import student_logits
from worker.engine.methods.divergence import divergence
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Labels, Logits, Scalar


def teacher_free_loss(student: Logits, labels: Labels, confidence: float, temperature: float) -> Scalar:
    """KL(q_T ‖ softmax(z_s)): q is `confidence` on the label, the rest even; q_T ∝ q^(1/T).

    Only the made-up teacher is softened, hence no T²: label smoothing, but for a constant.

    student       logits [batch, classes]
    confidence    between 0 and 1
    temperature   > 0
    returns       ≥ 0; mean over the batch, in nats

    Yuan et al. 2020, "Revisiting knowledge distillation via label smoothing". https://arxiv.org/abs/1909.11723
    """
    rest = (1 - confidence) / (student.shape[1] - 1)
    log_q = torch.full_like(student, math.log(rest)).scatter(1, labels[:, None], math.log(confidence))
    return divergence(F.log_softmax(log_q / temperature, dim=1), F.log_softmax(student, dim=1))


class TeacherFree(Term):
    """`teacher_free`"""

    reads_teacher = False

    def __init__(self, chosen: spec.TeacherFree) -> None:
        super().__init__()
        self.chosen = chosen

    def forward(self, moment: Moment) -> Scalar:
        return teacher_free_loss(
            student_logits(moment), moment.labels, self.chosen.confidence, self.chosen.temperature
        )
