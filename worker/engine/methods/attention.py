"""Look where the teacher looks."""

import torch
from torch import Tensor

from core.errors import InvalidJob
from core.spec import feature_terms as spec
from worker.engine.methods.directions import directions
from worker.engine.methods.heard import of_one_size, stage_maps
from worker.engine.methods.term import Pair, Term
from worker.engine.moment import Features, Moment
from worker.engine.shapes import Maps, OtherMaps, Scalar
from worker.engine.taps import Needs


def attention(maps: Maps) -> Tensor:
    """How much happens at each position: the mean over channels of F², scaled to length 1 for each image.

    returns   [batch, h · w], ≥ 0
    """
    return directions(maps.square().mean(dim=1).flatten(1))


def attention_loss(student: Maps, teacher: OtherMaps) -> Scalar:
    """Mean squared difference of where the two networks look: mean (Q_s/‖Q_s‖ − Q_t/‖Q_t‖)², Q = mean_c F_c².

    student, teacher   maps [batch, channels, h, w], brought to the smaller h and w; no gradient flows to the
                       teacher's
    returns            ≥ 0; mean over batch and positions; always 0 for maps of 1 × 1

    Zagoruyko, Komodakis 2017, equation 2, with the mean of the field's reference runs.
    https://arxiv.org/abs/1612.03928
    """
    ours, theirs = of_one_size(student, teacher.detach())
    return (attention(ours) - attention(theirs)).square().mean()


class Attention(Term):
    """`attention`: the sum over its stages."""

    def __init__(self, chosen: spec.Attention) -> None:
        super().__init__()
        self.asked = chosen.stages
        self.stages = chosen.stages or spec.ALL_STAGES
        self.needs = Needs(stages=frozenset(self.stages))

    def attach(self, pair: Pair) -> None:
        """raises InvalidJob where there are no positions to compare"""
        single = {n for n in self.stages if _is_single(pair.student_features, n)}
        single |= {n for n in self.stages if _is_single(pair.teacher_features, n)}
        kept = tuple(n for n in self.stages if n not in single)
        if not kept or (single and self.asked is not None):
            raise InvalidJob(
                f"attention compares positions, and the maps of stage {min(single)} are 1 × 1",
                hint="Take earlier stages, the stem `small`, or larger images.",
            )
        self.stages = kept

    def forward(self, moment: Moment) -> Scalar:
        losses = [attention_loss(*stage_maps(moment, stage)) for stage in self.stages]
        return torch.stack(losses).sum()


def _is_single(features: Features, stage: int) -> bool:
    return features.stages[stage].shape[2:].numel() == 1
