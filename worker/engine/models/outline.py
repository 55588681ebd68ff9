"""Networks without memory behind their weights: names and shapes in a moment, however large they are."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

HELD = (torch.empty, torch.ones, torch.zeros)
FILLS = (
    torch.Tensor.normal_, torch.Tensor.uniform_, torch.Tensor.fill_, torch.Tensor.zero_,
    nn.init.normal_, nn.init.uniform_, nn.init.constant_, nn.init.kaiming_uniform_,
)  # fmt: skip


class weightless(TorchFunctionMode):
    """What is built inside holds no numbers, and nothing fills it.

    `torch.device("meta")` does as much, but also to tensors that a builder reckons with: those of RegNet.
    """

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        if function in HELD:
            return function(*args, **given | {"device": "meta"})
        if function in FILLS:
            return args[0] if args else given["tensor"]
        return function(*args, **given)
