"""torchvision's residual networks, wide and grouped ones among them.

He et al. 2016. https://arxiv.org/abs/1512.03385
Zagoruyko, Komodakis 2016. https://arxiv.org/abs/1605.07146
Xie et al. 2017. https://arxiv.org/abs/1611.05431
"""

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
        title, stages=("layer1", "layer2", "layer3", "layer4"), classifier="fc", head="fc", bridge="avgpool"
    )


RESNET18 = _resnet("resnet18", "ResNet-18, He et al. 2016")

RESNETS: Mapping[str, Architecture] = {
    "resnet18": RESNET18,
    "resnet34": _resnet("resnet34", "ResNet-34, He et al. 2016"),
    "resnet50": _resnet("resnet50", "ResNet-50 with the stride in the 3 × 3 convolution, He et al. 2016"),
    "resnet101": _resnet("resnet101", "ResNet-101 with the stride in the 3 × 3 convolution, He et al. 2016"),
    "resnet152": _resnet("resnet152", "ResNet-152 with the stride in the 3 × 3 convolution, He et al. 2016"),
    "resnext50_32x4d": _resnet("resnext50_32x4d", "ResNeXt-50 32×4d, Xie et al. 2017"),
    "wide_resnet50_2": _resnet("wide_resnet50_2", "Wide ResNet-50-2, Zagoruyko & Komodakis 2016"),
    "wide_resnet101_2": _resnet("wide_resnet101_2", "Wide ResNet-101-2, Zagoruyko & Komodakis 2016"),
}
