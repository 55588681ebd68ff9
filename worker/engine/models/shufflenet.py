"""torchvision's ShuffleNetV2. Ma et al. 2018. https://arxiv.org/abs/1807.11164"""

from collections.abc import Mapping

from worker.engine.models.architecture import Architecture
from worker.engine.models.design import Design
from worker.engine.models.stems import AtStride1, Change, LeftOut


def _shufflenet(width: str) -> Architecture:
    changes: Mapping[str, Change] = {"conv1.0": AtStride1(), "maxpool": LeftOut()}
    return Design(f"shufflenet_v2_x{width.replace('.', '_')}", changes).architecture(
        f"ShuffleNetV2 ×{width}, Ma et al. 2018",
        stages=("maxpool", "stage2", "stage3", "stage4"),
        classifier="fc",
        head="fc",
        bridge="conv5",
    )


SHUFFLENETS: Mapping[str, Architecture] = {
    "shufflenet_v2_x0_5": _shufflenet("0.5"),
    "shufflenet_v2_x1_0": _shufflenet("1.0"),
    "shufflenet_v2_x1_5": _shufflenet("1.5"),
    "shufflenet_v2_x2_0": _shufflenet("2.0"),
}
