"""A bare string stands for an object with that one field: "student": "mobilenet_v2"."""

from collections.abc import Callable
from typing import Any


def named(field: str) -> Callable[[Any], Any]:
    """Expand "text" to {field: "text"}; leave anything else as it is."""

    def expand(value: Any) -> Any:
        return {field: value} if isinstance(value, str) else value

    return expand
