"""torchvision's MobileNets.

Sandler et al. 2018. https://arxiv.org/abs/1801.04381
Howard et al. 2019. https://arxiv.org/abs/1905.02244
"""

from collections.abc import Mapping

from worker.engine.models.architecture import Architecture
from worker.engine.models.design import Design
from worker.engine.models.stems import AtStride1, Change

NO_DROPOUT = {"dropout": 0.0}
WIDTH = "width_mult"


def _v2(title: str, changes: Mapping[str, Change], **arguments: int) -> Architecture:
    return Design("mobilenet_v2", changes, NO_DROPOUT | arguments, WIDTH).architecture(
        title,
        stages=("features.3", "features.6", "features.13", "features.17"),
        classifier="classifier",
        head="classifier.1",
        bridge="features.18",
    )


def _v3(size: str, depthwise: str, stages: tuple[str, ...]) -> Architecture:
    """depthwise    the second convolution of stride 2"""
    changes = {"features.0.0": AtStride1(), depthwise: AtStride1()}
    return Design(f"mobilenet_v3_{size}", changes, NO_DROPOUT, WIDTH, smallest=0.2).architecture(
        f"MobileNetV3-{size.capitalize()}, Howard et al. 2019", stages, "classifier", "classifier.3"
    )


MOBILENET_V2 = _v2(
    "MobileNetV2, Sandler et al. 2018",
    {"features.0.0": AtStride1(), "features.2.conv.1.0": AtStride1()},
)

MOBILENETS: Mapping[str, Architecture] = {
    "mobilenet_v2": MOBILENET_V2,
    # The papers round no channels to multiples of 8, and of the early strides they keep the first. Their
    # block 1 begins with a 1 × 1 convolution, too, that adds no channels; torchvision has none there.
    "mobilenet_v2_stride16": _v2(
        "MobileNetV2 of total stride 16: that of the CIFAR-100 papers at width 0.5, but for one 1 × 1 layer",
        {"features.2.conv.1.0": AtStride1()},
        round_nearest=1,
    ),
    "mobilenet_v3_small": _v3(
        "small", "features.1.block.0.0", ("features.1", "features.3", "features.8", "features.11")
    ),
    "mobilenet_v3_large": _v3(
        "large", "features.2.block.1.0", ("features.3", "features.6", "features.12", "features.15")
    ),
}
