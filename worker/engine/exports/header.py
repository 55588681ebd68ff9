"""What the header of a safetensors file says of the network beside its weights."""

import json
from typing import Any

from worker.engine.exports.checkpoints import HEADER_SIZE


def said(content: bytes) -> dict[str, Any]:
    """Its texts, each of which is JSON in the files that we write; others write plain text.

    raises ValueError, TypeError or AttributeError if there is no such header
    """
    length = int.from_bytes(content[:HEADER_SIZE], "little")
    texts = json.loads(content[HEADER_SIZE : HEADER_SIZE + length]).get("__metadata__", {})
    return {name: _json(text) for name, text in texts.items()}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
