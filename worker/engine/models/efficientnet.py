"""torchvision's EfficientNets.

Tan, Le 2019. https://arxiv.org/abs/1905.11946
Tan, Le 2021. https://arxiv.org/abs/2104.00298
"""

from collections.abc import Mapping

from worker.engine.models.architecture import Architecture
from worker.engine.models.design import Design
from worker.engine.models.stems import AtStride1

UNREGULARIZED = {"dropout": 0.0, "stochastic_depth_prob": 0.0}


def _efficientnet(version: str, title: str, second: str, last: int) -> Architecture:
    """second    the second convolution of stride 2
    last         number of the last stage; the final 1 × 1 convolution follows
    """
    changes = {"features.0.0": AtStride1(), second: AtStride1()}
    return Design(f"efficientnet_{version}", changes, UNREGULARIZED).architecture(
        title,
        stages=("features.2", "features.3", "features.5", f"features.{last}"),
        classifier="classifier",
        head="classifier.1",
        bridge=f"features.{last + 1}",
    )


def _b(number: int) -> Architecture:
    title = f"EfficientNet-B{number}, Tan & Le 2019"
    return _efficientnet(f"b{number}", title, "features.2.0.block.1.0", 7)


EFFICIENTNETS: Mapping[str, Architecture] = {
    "efficientnet_b0": _b(0),
    "efficientnet_b1": _b(1),
    "efficientnet_b2": _b(2),
    "efficientnet_b3": _b(3),
    "efficientnet_b4": _b(4),
    "efficientnet_v2_s": _efficientnet(
        "v2_s", "EfficientNetV2-S, Tan & Le 2021", "features.2.0.block.0.0", 6
    ),
}
