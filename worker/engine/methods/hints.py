"""Match the maps in the middle of the teacher, through a convolution that is learned."""

from torch import nn

from core.spec import feature_terms as spec
from worker.engine.methods.heard import stage_channels, stage_maps
from worker.engine.methods.term import Pair, Term
from worker.engine.moment import Moment
from worker.engine.shapes import Maps, Scalar
from worker.engine.taps import Needs


def hint_loss(adapted: Maps, teacher: Maps) -> Scalar:
    """Mean squared difference of two maps: mean (r(F_s) − F_t)².

    adapted   the student's map as the regressor r puts it out [batch, channels, h, w]
    teacher   as large; no gradient flows to it
    returns   ≥ 0; mean over batch, channels and positions

    Romero et al. 2015, equation 3. https://arxiv.org/abs/1412.6550
    """
    return (adapted - teacher.detach()).square().mean()


class Hints(Term):
    """`hints`: r is a 1 × 1 convolution and a batch normalisation, as in the field's reference runs.

    r serves in training only, so it always normalises by the batch at hand.
    """

    def __init__(self, chosen: spec.Hints) -> None:
        super().__init__()
        self.stage = chosen.stage
        self.needs = Needs(stages=frozenset({chosen.stage}))

    def attach(self, pair: Pair) -> None:
        ours, theirs = stage_channels(pair, self.stage)
        with pair.seeded():
            self.regressor = nn.Sequential(
                nn.Conv2d(ours, theirs, 1, bias=False), nn.BatchNorm2d(theirs, track_running_stats=False)
            )
        self.to(pair.device)

    def forward(self, moment: Moment) -> Scalar:
        student, teacher = stage_maps(moment, self.stage)
        return hint_loss(self.regressor(student), teacher)
