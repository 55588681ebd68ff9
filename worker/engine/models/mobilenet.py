"""torchvision's MobileNetV2. Sandler et al. 2018. https://arxiv.org/abs/1801.04381"""

from torch import nn
from torchvision.models import mobilenet_v2

from worker.engine.models.architecture import Architecture, Stem

EARLY = ("features.0.0", "features.2.conv.1.0")  # the first two convolutions of stride 2


def build(classes: int, width: float, stem: Stem) -> nn.Module:
    """With `small`, the first two strides of 2 are 1, as for CIFAR; the weights keep their shapes.

    torchvision's own dropout is 0: dropout is a regularizer here, asked for or absent.
    """
    network: nn.Module = mobilenet_v2(num_classes=classes, width_mult=width, dropout=0.0)
    if stem == "small":
        for name in EARLY:
            convolution = network.get_submodule(name)
            assert isinstance(convolution, nn.Conv2d)
            convolution.stride = (1, 1)
    for module in network.modules():
        if isinstance(module, nn.ReLU6):
            module.inplace = False  # in place, autograd first copies the input: a tenth of a step on a CPU
    return network


MOBILENET_V2 = Architecture(
    title="MobileNetV2, Sandler et al. 2018",
    has_width=True,
    build=build,
    stages=("features.3", "features.6", "features.13", "features.17"),
    classifier="classifier",
)
