"""torchvision's ConvNeXt. Liu et al. 2022. https://arxiv.org/abs/2201.03545"""

from collections.abc import Mapping
from functools import partial

from torch import nn

from worker.engine.models.architecture import Architecture
from worker.engine.models.design import Design
from worker.engine.models.stems import Narrow

AS_TORCHVISION = partial(nn.init.trunc_normal_, std=0.02)


def _convnext(size: str) -> Architecture:
    changes = {"features.0.0": Narrow(AS_TORCHVISION)}
    return Design(f"convnext_{size}", changes, {"stochastic_depth_prob": 0.0}).architecture(
        f"ConvNeXt-{size.capitalize()}, Liu et al. 2022",
        stages=("features.1", "features.3", "features.5", "features.7"),
        classifier="classifier",
        head="classifier.2",
    )


CONVNEXTS: Mapping[str, Architecture] = {
    "convnext_tiny": _convnext("tiny"),
    "convnext_small": _convnext("small"),
}
