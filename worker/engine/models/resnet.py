"""torchvision's residual networks. He et al. 2016. https://arxiv.org/abs/1512.03385"""

from collections.abc import Mapping
from functools import partial

from torch import nn

from worker.engine.models.architecture import Architecture
from worker.engine.models.design import Design
from worker.engine.models.stems import Change, LeftOut, Narrow

AS_TORCHVISION = partial(nn.init.kaiming_normal_, mode="fan_out", nonlinearity="relu")
CHANGES: Mapping[str, Change] = {"conv1": Narrow(AS_TORCHVISION), "maxpool": LeftOut()}


def _resnet(builder: str, title: str) -> Architecture:
    return Design(builder, CHANGES).architecture(
        title, stages=("layer1", "layer2", "layer3", "layer4"), classifier="fc", head="fc"
    )


RESNET18 = _resnet("resnet18", "ResNet-18, He et al. 2016")
