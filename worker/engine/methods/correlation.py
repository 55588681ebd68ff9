"""Imitate the teacher's preferences: which classes an image is like, and which images a class is like."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from core.spec import logit_terms as spec
from worker.engine.methods.answers import both
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Logits, Scalar

EPSILON = 1e-8  # the least length of a vector that is divided by

Vectors = Float[Tensor, "vectors values"]


def correlation_loss(
    student: Logits, teacher: Logits, temperature: float, beta: float, gamma: float
) -> Scalar:
    """T² · [β · (1 − mean ρ of rows) + γ · (1 − mean ρ of columns)], ρ Pearson's, of softmax(z/T).

    A row holds the probabilities of an image, a column those of a class over the batch: the second part
    depends on the whole batch, and changes with its size.

    student, teacher   logits [batch, classes]; no gradient flows to the teacher's
    returns            0 to 2 · T² · (β + γ)

    Huang et al. 2022, "Knowledge distillation from a stronger teacher". https://arxiv.org/abs/2205.10536
    """
    p, q = F.softmax(teacher.detach() / temperature, dim=1), F.softmax(student / temperature, dim=1)
    return temperature**2 * (beta * (1 - pearson(q, p).mean()) + gamma * (1 - pearson(q.T, p.T).mean()))


def pearson(a: Vectors, b: Vectors) -> Float[Tensor, " vectors"]:
    """Correlation of each vector with its counterpart: −1 to 1, and 0 where one of them is constant."""
    return (_directions(a) * _directions(b)).sum(dim=1)


def _directions(vectors: Vectors) -> Vectors:
    """Centred, of length 1. The clamp stands before the root, whose slope at 0 is infinite."""
    centred = vectors - vectors.mean(dim=1, keepdim=True)
    return centred / centred.square().sum(dim=1, keepdim=True).clamp(min=EPSILON**2).sqrt()


class Correlation(Term):
    """`correlation`"""

    def __init__(self, chosen: spec.Correlation) -> None:
        super().__init__()
        self.chosen = chosen

    def forward(self, moment: Moment) -> Scalar:
        student, teacher = both(moment, self.chosen.standardized)
        return correlation_loss(
            student, teacher, self.chosen.temperature, self.chosen.beta, self.chosen.gamma
        )
