"""Weights as files that other programs read: safetensors, and torch's own format."""

import io
import json
from collections.abc import Mapping

import torch
from safetensors.torch import save
from torch import Tensor

HEADER_SIZE = 8  # bytes of the little-endian length before a safetensors header
ALIGNMENT = 8


def safetensors(weights: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """The same weights and metadata always give the same bytes.

    The library writes metadata in random order, so the header is written anew, with sorted keys.
    """
    content = save(_plain(weights), dict(metadata))
    length = int.from_bytes(content[:HEADER_SIZE], "little")
    header = json.loads(content[HEADER_SIZE : HEADER_SIZE + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return len(text).to_bytes(HEADER_SIZE, "little") + text + content[HEADER_SIZE + length :]


def state_dict(weights: Mapping[str, Tensor]) -> bytes:
    """A plain dictionary of tensors, which `torch.load(…, weights_only=True)` reads."""
    content = io.BytesIO()
    torch.save(_plain(weights), content)
    return content.getvalue()


def _plain(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Parameters and running statistics on the CPU, in the usual memory order."""
    return {name: value.detach().cpu().contiguous() for name, value in weights.items()}
