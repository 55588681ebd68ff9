"""Let the correlations within a batch be those that the teacher sees."""

import torch
from torch import nn

from core.spec import feature_terms as spec
from worker.engine.methods.directions import directions
from worker.engine.methods.heard import pooled_features
from worker.engine.methods.term import Pair, Term
from worker.engine.moment import Moment
from worker.engine.shapes import Likeness, OtherPooled, Pooled, Scalar
from worker.engine.taps import Needs


def kernel(vectors: Pooled, gamma: float) -> Likeness:
    """Gaussian likeness of directions u: K_ij = exp(−γ |u_i − u_j|²), where |u_i − u_j|² = 2 − 2 u_i·u_j."""
    unit = directions(vectors)
    return torch.exp(-gamma * (2 - 2 * unit @ unit.T))


def congruence_loss(student: Pooled, teacher: OtherPooled, gamma: float) -> Scalar:
    """Mean squared difference of two kernels: ‖K_t − K_s‖²_F / N².

    student, teacher   embedded features [batch, dimensions]; no gradient flows to the teacher's
    gamma              > 0: how fast likeness falls with distance
    returns            0 … 1; the mean over all pairs of the batch, which couples its images

    Peng et al. 2019, equations 4 to 6: with the kernel itself where the paper takes its Taylor series. (Much
    code in use compares neighbouring images of the batch instead.) https://arxiv.org/abs/1904.01802
    """
    return (kernel(teacher.detach(), gamma) - kernel(student, gamma)).square().mean()


class CorrelationCongruence(Term):
    """`correlation_congruence`: both networks' pooled features are embedded in a space of one width.

    Only the student's embedding is learned; in the paper both are. Two that learn agree soonest on mapping
    every image to one point: of features that have nothing to do with each other hardly any loss is left
    after 100 steps, and nothing is asked of the student (a test shows it). So the teacher's is a random
    projection that stays, and keeps its angles.
    """

    needs = Needs(pooled=True)

    def __init__(self, chosen: spec.CorrelationCongruence) -> None:
        super().__init__()
        self.dimensions = chosen.dimensions
        self.gamma = chosen.gamma

    def attach(self, pair: Pair) -> None:
        ours, theirs = (features.shape[1] for features in pooled_features(pair))
        with pair.seeded():
            self.embedding = nn.Linear(ours, self.dimensions)
            self.projection = nn.Buffer(nn.init.orthogonal_(torch.empty(self.dimensions, theirs)))
        self.to(pair.device)

    def forward(self, moment: Moment) -> Scalar:
        student, teacher = pooled_features(moment)
        return congruence_loss(self.embedding(student), teacher @ self.projection.T, self.gamma)
