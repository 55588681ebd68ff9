"""What a term hears of student and teacher, side by side."""

import torch.nn.functional as F
from torch import Tensor

from worker.engine.methods.term import Pair
from worker.engine.moment import Moment
from worker.engine.shapes import Maps, OtherMaps


def stage_maps(moment: Moment, stage: int) -> tuple[Tensor, Tensor]:
    """The maps of the stage in student and teacher, of one size."""
    return of_one_size(moment.student_features.stages[stage], moment.teacher_features.stages[stage])


def stage_channels(pair: Pair, stage: int) -> tuple[int, int]:
    """Channels of the stage in student and teacher."""
    return pair.student_features.stages[stage].shape[1], pair.teacher_features.stages[stage].shape[1]


def pooled_features(of: Moment | Pair) -> tuple[Tensor, Tensor]:
    """What the last linear layer reads in student and teacher, [batch, features], each of its own width."""
    student, teacher = of.student_features.pooled, of.teacher_features.pooled
    assert student is not None, "a term that reads them needs them"
    assert teacher is not None, "a term that reads them needs them"
    return student, teacher


def of_one_size(one: Maps, other: OtherMaps) -> tuple[Tensor, Tensor]:
    """Both maps at the smaller height and width of the two; the larger one is averaged over areas.

    Stages of one number differ in size where one network has the stem `small`, and the other `imagenet`.
    """
    height, width = (min(one.shape[side], other.shape[side]) for side in (2, 3))
    return _pooled(one, height, width), _pooled(other, height, width)


def _pooled(maps: Tensor, height: int, width: int) -> Tensor:
    if maps.shape[2:] == (height, width):
        return maps  # pooling would copy it
    return F.adaptive_avg_pool2d(maps, (height, width))
