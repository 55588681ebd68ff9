"""Which networks tests look at: one of each family always, all of them in the slow suite."""

import pytest

from worker.engine.registry import ARCHITECTURES

FAMILIES = (
    "resnet18", "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x0_5", "efficientnet_b0",
    "regnet_y_400mf", "convnext_tiny", "densenet121", "vgg11_bn",
)  # fmt: skip
# Those whose weights alone take seconds to make.
HEAVY = ("vgg11_bn",)

STEMS = pytest.mark.parametrize("stem", ["small", "imagenet"])


def each(always):
    """A test of each network, in the default suite of these only."""
    return pytest.mark.parametrize(
        "name",
        [name if name in always else pytest.param(name, marks=pytest.mark.slow) for name in ARCHITECTURES],
    )


EACH = each(FAMILIES)
EACH_BUILT = each([name for name in FAMILIES if name not in HEAVY])
