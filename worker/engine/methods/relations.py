"""Keep the distances and the angles that the teacher sees between images."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.spec import feature_terms as spec
from worker.engine.methods.heard import pooled_features
from worker.engine.methods.term import Term
from worker.engine.moment import Moment
from worker.engine.shapes import Likeness, OtherPooled, Pooled, Scalar
from worker.engine.taps import Needs

SAME = 1e-6  # of their squares, the squared distance of two vectors that float32 can't tell apart


def products(vectors: Pooled) -> Likeness:
    """Scalar products of each vector with each, seen from their mean: so rounding hurts differences less."""
    centred = vectors - vectors.mean(dim=0)
    return centred @ centred.T


def distances(products: Likeness) -> Likeness:
    """|x_i − x_j|; between equal vectors 0, and without gradient, which a root has not at 0."""
    squares = products.diagonal()
    sums = squares[:, None] + squares
    squared = sums - 2 * products
    apart = squared > SAME * sums
    return torch.where(apart, squared, 1.0).sqrt() * apart


def relative(distances: Likeness) -> Likeness:
    """Distances over the mean of those that are not 0."""
    mean = distances.sum() / (distances > 0).sum().clamp_min(1)
    return distances / (mean + (mean == 0))  # where all are 0, so they stay


def cosines(products: Likeness, distances: Likeness) -> Tensor:
    """Of the angle at i between j and k: [i, j, k]; 0 where two of the three are one.

    From ⟨x_j − x_i, x_k − x_i⟩ = p_jk − p_ij − p_ik + p_ii, so that only numbers, N³ of them, are held and no
    vectors.
    """
    corner = products - products[:, :, None] - products[:, None, :] + products.diagonal()[:, None, None]
    lengths = distances[:, :, None] * distances[:, None, :]
    apart = lengths > 0
    return torch.where(apart, corner / torch.where(apart, lengths, 1.0), 0.0)


def relation_loss(
    student: Pooled, teacher: OtherPooled, distance_weight: float, angle_weight: float, angle_images: int
) -> Scalar:
    """distance_weight · mean_ij Huber(d_s, d_t) + angle_weight · mean_ijk Huber(cos_s, cos_t).

    student, teacher   pooled features [batch, features] of any widths; no gradient flows to the teacher's
    angle_images       angles are those of so many images at the head of the batch: they take N³ memory
    returns            ≥ 0; d is relative to the mean distance of its batch, so it is a matter of the batch as
                       a whole: one that is repeated gives the same only where all its angles are compared

    Park et al. 2019, equations 3 to 8, with the weights and means of the field's reference runs.
    https://arxiv.org/abs/1904.05068
    """
    ours, theirs = products(student), products(teacher.detach())
    d_ours, d_theirs = distances(ours), distances(theirs)
    by_distance = F.smooth_l1_loss(relative(d_ours), relative(d_theirs))
    few = slice(angle_images), slice(angle_images)
    by_angle = F.smooth_l1_loss(cosines(ours[few], d_ours[few]), cosines(theirs[few], d_theirs[few]))
    return distance_weight * by_distance + angle_weight * by_angle


class Relations(Term):
    """`relations`"""

    needs = Needs(pooled=True)

    def __init__(self, chosen: spec.Relations) -> None:
        super().__init__()
        self.chosen = chosen

    def forward(self, moment: Moment) -> Scalar:
        student, teacher = pooled_features(moment)
        chosen = self.chosen
        return relation_loss(
            student, teacher, chosen.distance_weight, chosen.angle_weight, chosen.angle_images
        )
