"""torchvision's VGG with batch normalisation. Simonyan, Zisserman 2015. https://arxiv.org/abs/1409.1556"""

from collections.abc import Mapping

from worker.engine.models.architecture import Architecture
from worker.engine.models.design import Design
from worker.engine.models.stems import LeftOut


def _vgg(depth: int, poolings: tuple[int, int, int, int, int]) -> Architecture:
    """Of small images the last two poolings would leave nothing: these are left out, not the first two.

    poolings    their places in `features`; each stage ends in the activation before one
    """
    changes = {f"features.{place}": LeftOut() for place in poolings[3:]}
    ends = (*poolings[:3], poolings[4])  # with the small stem the fourth maps are as large as the fifth
    return Design(f"vgg{depth}_bn", changes, {"dropout": 0.0}).architecture(
        f"VGG-{depth} with batch normalisation, Simonyan & Zisserman 2015",
        stages=tuple(f"features.{place - 1}" for place in ends),
        classifier="classifier",
        head="classifier.6",
    )


VGGS: Mapping[str, Architecture] = {
    "vgg11_bn": _vgg(11, (3, 7, 14, 21, 28)),
    "vgg13_bn": _vgg(13, (6, 13, 20, 27, 34)),
    "vgg16_bn": _vgg(16, (6, 13, 23, 33, 43)),
    "vgg19_bn": _vgg(19, (6, 13, 26, 39, 52)),
}
