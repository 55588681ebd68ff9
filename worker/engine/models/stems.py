"""How first layers made for images of 224 pixels become fit for images of 32: their strides become 1.

Each change takes a module of torchvision's, and gives what is put in its place; `in_words` is said after its
name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class AtStride1:
    """The same convolution at stride 1: its weights stay."""

    in_words: str = "at stride 1"

    def __call__(self, module: nn.Module) -> nn.Module:
        assert isinstance(module, nn.Conv2d)
        module.stride = (1, 1)
        return module


@dataclass(frozen=True)
class Narrow:
    """A convolution of 3 × 3 at stride 1 instead of a wider one.

    initialise   fills its new weights, as torchvision does
    """

    initialise: Callable[[Tensor], object]
    in_words: str = "3 × 3 at stride 1"

    def __call__(self, module: nn.Module) -> nn.Module:
        assert isinstance(module, nn.Conv2d)
        has_bias = module.bias is not None
        narrow = nn.Conv2d(module.in_channels, module.out_channels, 3, stride=1, padding=1, bias=has_bias)
        self.initialise(narrow.weight)
        if narrow.bias is not None:
            nn.init.zeros_(narrow.bias)
        return narrow


@dataclass(frozen=True)
class LeftOut:
    """No pooling."""

    in_words: str = "left out"

    def __call__(self, module: nn.Module) -> nn.Module:
        return nn.Identity()


Change = AtStride1 | Narrow | LeftOut


def written(module: nn.Module) -> tuple[str, dict[str, Any]]:
    """The class in torch.nn of what takes the place of a module, and the arguments that make one like it.

    What a sequence holds is written by itself.
    """
    match module:
        case nn.Sequential():
            return "Sequential", {}
        case nn.Identity() | nn.ReLU():
            return type(module).__name__, {}
        case nn.AdaptiveAvgPool2d():
            return "AdaptiveAvgPool2d", {"output_size": module.output_size}
        case nn.BatchNorm2d():
            return "BatchNorm2d", {"num_features": module.num_features}
        case nn.Linear():
            return "Linear", {"in_features": module.in_features, "out_features": module.out_features}
    assert isinstance(module, nn.Conv2d)
    names = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "groups")
    arguments = {name: getattr(module, name) for name in names}
    return "Conv2d", {**arguments, "bias": module.bias is not None}
