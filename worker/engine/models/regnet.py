"""torchvision's RegNets. Radosavovic et al. 2020. https://arxiv.org/abs/2003.13678"""

from collections.abc import Mapping

from worker.engine.models.architecture import Architecture
from worker.engine.models.design import Design
from worker.engine.models.stems import AtStride1

FIRST_BLOCK = "trunk_output.block1.block1-0"


def _regnet(kind: str, size: str, title: str) -> Architecture:
    early = ("stem.0", f"{FIRST_BLOCK}.proj.0", f"{FIRST_BLOCK}.f.b.0")
    return Design(f"regnet_{kind}_{size}", dict.fromkeys(early, AtStride1())).architecture(
        f"RegNet{kind.upper()}-{title}, Radosavovic et al. 2020",
        stages=tuple(f"trunk_output.block{number}" for number in (1, 2, 3, 4)),
        classifier="fc",
        head="fc",
        bridge="avgpool",
    )


REGNETS: Mapping[str, Architecture] = {
    "regnet_x_400mf": _regnet("x", "400mf", "400MF"),
    "regnet_x_800mf": _regnet("x", "800mf", "800MF"),
    "regnet_x_1_6gf": _regnet("x", "1_6gf", "1.6GF"),
    "regnet_x_3_2gf": _regnet("x", "3_2gf", "3.2GF"),
    "regnet_y_400mf": _regnet("y", "400mf", "400MF"),
    "regnet_y_800mf": _regnet("y", "800mf", "800MF"),
    "regnet_y_1_6gf": _regnet("y", "1_6gf", "1.6GF"),
    "regnet_y_3_2gf": _regnet("y", "3_2gf", "3.2GF"),
}
