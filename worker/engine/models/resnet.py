"""torchvision's ResNet-18. He et al. 2016. https://arxiv.org/abs/1512.03385"""

from torch import nn
from torchvision.models import resnet18

from core.errors import InvalidJob
from worker.engine.models.architecture import Architecture, Stem


def build(classes: int, width: float, stem: Stem) -> nn.Module:
    """With `small`, the first convolution is 3 × 3 at stride 1 and there is no max-pooling, as for CIFAR.

    raises InvalidJob for a width other than 1
    """
    if width != 1.0:
        raise InvalidJob("resnet18 has one width", hint="Leave out `width`, or set it to 1.")
    network: nn.Module = resnet18(num_classes=classes)
    if stem == "small":
        network.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        nn.init.kaiming_normal_(
            network.conv1.weight, mode="fan_out", nonlinearity="relu"
        )  # as torchvision does
        network.maxpool = nn.Identity()
    return network


RESNET18 = Architecture(
    title="ResNet-18, He et al. 2016",
    has_width=False,
    build=build,
    stages=("layer1", "layer2", "layer3", "layer4"),
    classifier="fc",
)
