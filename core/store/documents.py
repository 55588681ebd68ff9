"""Documents as JSON that both databases hold alike, and every reader can read."""

import json
import math
import re
from contextlib import suppress
from typing import Any

# As they are escaped: NUL, and what may be half of a surrogate pair.
_DOUBTFUL = re.compile(r"\\u(0000|d[89a-f])")


def dumps(document: Any) -> str:
    """What is written into a JSON column.

    A loss that is not finite, or a NUL in an error's text, must not make a row that cannot be listed.
    """
    with suppress(ValueError):
        text = json.dumps(document, allow_nan=False)
        if not _DOUBTFUL.search(text):  # which is nearly always so
            return text
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
