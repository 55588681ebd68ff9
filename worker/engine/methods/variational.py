"""Make the teacher's maps likely, given the student's."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.spec import feature_terms as spec
from worker.engine.methods.heard import stage_channels, stage_maps
from worker.engine.methods.term import Pair, Term
from worker.engine.moment import Moment
from worker.engine.shapes import Maps, Scalar
from worker.engine.taps import Needs

LEAST = 1e-5  # variance


def variational_loss(predicted: Maps, teacher: Maps, variance: Tensor) -> Scalar:
    """Negative logarithm of a normal density, without its constant: mean of ½ [(F_t − μ)² / σ² + log σ²].

    predicted   μ(F_s): what the student's map says of the teacher's [batch, channels, h, w]
    teacher     as large; no gradient flows to it
    variance    σ² of each channel [channels], > 0
    returns     mean over batch, channels and positions, in nats; below 0 once the variances are small

    Ahn et al. 2019, equations 5 and 6. https://arxiv.org/abs/1904.05835
    """
    variance = variance[:, None, None]
    return 0.5 * ((teacher.detach() - predicted).square() / variance + variance.log()).mean()


class Prediction(nn.Module):
    """What is learned of one stage: μ, three 1 × 1 convolutions; and σ² = softplus(ρ) of each channel."""

    def __init__(self, channels: int, into: int, variance: float) -> None:
        super().__init__()
        self.mean = nn.Sequential(
            nn.Conv2d(channels, into, 1, bias=False),
            nn.ReLU(),
            nn.Conv2d(into, into, 1, bias=False),
            nn.ReLU(),
            nn.Conv2d(into, into, 1, bias=False),
        )
        rest = variance - LEAST
        self.rho = nn.Parameter(
            torch.full((into,), rest + math.log(-math.expm1(-rest)))
        )  # softplus, inverted

    @property
    def variance(self) -> Tensor:
        return F.softplus(self.rho) + LEAST

    def forward(self, student: Maps, teacher: Tensor) -> Scalar:
        return variational_loss(self.mean(student), teacher, self.variance)


class Variational(Term):
    """`variational`: the sum over its stages. Measured of each: the mean of its variances."""

    def __init__(self, chosen: spec.Variational) -> None:
        super().__init__()
        self.stages = chosen.stages
        self.initial_variance = chosen.initial_variance
        self.needs = Needs(stages=frozenset(chosen.stages))

    def attach(self, pair: Pair) -> None:
        with pair.seeded():
            self.predictions = nn.ModuleDict(
                {
                    str(stage): Prediction(*stage_channels(pair, stage), self.initial_variance)
                    for stage in self.stages
                }
            )
        self.to(pair.device)

    def forward(self, moment: Moment) -> Scalar:
        losses = [self.predictions[str(stage)](*stage_maps(moment, stage)) for stage in self.stages]
        return torch.stack(losses).sum()

    @torch.no_grad()
    def measures(self) -> dict[str, Scalar]:
        found: dict[str, Scalar] = {}
        for stage, prediction in self.predictions.items():
            assert isinstance(prediction, Prediction)
            found[f"stage{stage}/mean_variance"] = prediction.variance.mean()
        return found
