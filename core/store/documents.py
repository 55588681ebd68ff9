"""Documents as JSON that both databases hold alike, and every reader can read."""

import json
import math
from typing import Any


def dumps(document: Any) -> str:
    """What is written into a JSON column.

    A loss that is not finite, or a NUL in an error's text, must not make a row that cannot be listed.
    """
    return json.dumps(storable(document), allow_nan=False)


def storable(value: Any) -> Any:
    """The value with null for numbers that JSON has no word for, and without text that is none."""
    match value:
        case dict():
            return {storable(key): storable(item) for key, item in value.items()}
        case list() | tuple():
            return [storable(item) for item in value]
        case str():
            # PostgreSQL takes neither NUL nor half of a surrogate pair.
            return value.replace("\0", "\ufffd").encode(errors="replace").decode()
        case float() if not math.isfinite(value):
            return None
    return value
