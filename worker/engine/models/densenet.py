"""torchvision's DenseNets. Huang et al. 2017. https://arxiv.org/abs/1608.06993"""

from collections.abc import Mapping

from torch import nn

from worker.engine.models.architecture import Architecture
from worker.engine.models.design import Design
from worker.engine.models.stems import Change, LeftOut, Narrow


def _densenet(depth: int) -> Architecture:
    """The stages are the dense blocks: the normalisation after the last one is overwritten in place."""
    narrow = Narrow(nn.init.kaiming_normal_)
    changes: Mapping[str, Change] = {"features.conv0": narrow, "features.pool0": LeftOut()}
    return Design(f"densenet{depth}", changes).architecture(
        f"DenseNet-{depth}, Huang et al. 2017",
        stages=tuple(f"features.denseblock{number}" for number in (1, 2, 3, 4)),
        classifier="classifier",
        head="classifier",
    )


DENSENETS: Mapping[str, Architecture] = {
    "densenet121": _densenet(121),
    "densenet169": _densenet(169),
}
