"""torchvision's MobileNetV2. Sandler et al. 2018. https://arxiv.org/abs/1801.04381"""

from worker.engine.models.design import Design
from worker.engine.models.stems import AtStride1

V2_DESIGN = Design(
    "mobilenet_v2",
    # The first two convolutions of stride 2.
    changes={"features.0.0": AtStride1(), "features.2.conv.1.0": AtStride1()},
    arguments={"dropout": 0.0},
    width="width_mult",
)

MOBILENET_V2 = V2_DESIGN.architecture(
    "MobileNetV2, Sandler et al. 2018",
    stages=("features.3", "features.6", "features.13", "features.17"),
    classifier="classifier",
    head="classifier.1",
)
