"""Networks without memory behind their weights: names and shapes in a moment, however large they are."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

HELD = (torch.empty, torch.ones, torch.zeros)


class weightless(TorchFunctionMode):
    """What is built inside holds no numbers.

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
        return function(*args, **(given | {"device": "meta"} if function in HELD else given))
