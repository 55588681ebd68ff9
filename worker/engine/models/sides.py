"""How large the maps of a network are, and which images are too small for it: by trying, without a number."""

from functools import cache

import torch
from torch import Tensor, nn

from worker.engine.models.architecture import Architecture, Stem
from worker.engine.models.outline import weightless

LARGE = 256  # pixels; a multiple of every stride
POINT_BY_POINT = nn.BatchNorm2d | nn.LayerNorm | nn.ReLU | nn.ReLU6 | nn.Hardswish | nn.SiLU | nn.GELU


class Sides:
    """A network without weights, through which images of nothing pass.

    channels    of each stage's maps, by its name
    """

    def __init__(self, architecture: Architecture, stem: Stem) -> None:
        with weightless():
            self._network = architecture.build(2, 1.0, stem).eval()
        for name, module in list(self._network.named_modules()):
            if isinstance(module, POINT_BY_POINT):  # it keeps the shape, and takes the most time of all
                self._network.set_submodule(name, nn.Identity())
        self._stages = architecture.stages
        self.channels: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        for name in self._stages:
            self._network.get_submodule(name).register_forward_hook(
                lambda _module, _inputs, output, name=name: self._see(name, output)
            )
        self.of = cache(self._of)
        self.of(LARGE)

    def strides(self) -> list[int]:
        """Pixels of the image from one position of each stage's maps to the next."""
        return [LARGE // side for side in self.of(LARGE)]

    def single_up_to(self) -> list[int]:
        """The largest image, by its side, whose map is a single position, for each stage."""
        return [self._single_up_to(stage, stride) for stage, stride in enumerate(self.strides())]

    def smallest(self) -> int:
        """The side of the smallest image that passes."""
        return next(side for side in range(1, LARGE) if self.of(side))

    def _single_up_to(self, stage: int, stride: int) -> int:
        """From the stride, if every halving rounds up, to less than its double, if all round down."""
        low, high = stride, 2 * stride - 1
        while low < high:
            middle = (low + high + 1) // 2
            sides = self.of(middle)
            low, high = (middle, high) if not sides or sides[stage] == 1 else (low, middle - 1)
        return low

    @torch.no_grad()
    def _of(self, side: int) -> tuple[int, ...]:
        """Of each stage's maps; none where the image is too small."""
        try:
            self._network(torch.empty(2, 3, side, side, device="meta"))
        except RuntimeError:
            return ()
        return tuple(self._seen[name] for name in self._stages)

    def _see(self, name: str, maps: Tensor) -> None:
        self.channels[name], self._seen[name] = maps.shape[1], maps.shape[2]
