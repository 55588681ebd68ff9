"""Safetensors files: sound ones, and ones that lie."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from worker.engine.registry import ARCHITECTURES

FIRST, NORM = "features.0.0.weight", "features.0.1"
CLASSES = ["cat", "dog", "fox"]
TOLD = {
    "architecture": json.dumps("mobilenet_v2"),
    "width": "0.25",
    "stem": json.dumps("small"),
    "class_names": json.dumps(CLASSES),
}


@cache
def _weights(architecture: str, width: float, stem: Any) -> dict[str, Tensor]:
    torch.manual_seed(0)
    weights: dict[str, Tensor] = ARCHITECTURES[architecture].build(len(CLASSES), width, stem).state_dict()
    return weights


def weights(
    architecture: str = "mobilenet_v2", width: float = 0.25, stem: str = "small"
) -> dict[str, Tensor]:
    """Those of a network that has learned nothing; a small one by default."""
    return dict(_weights(architecture, width, stem))


def a_file(tensors: Mapping[str, Tensor] | None = None, metadata: Mapping[str, str] | None = None) -> bytes:
    """A sound file, unless the tensors are those of no network."""
    return save(weights() if tensors is None else dict(tensors), dict(TOLD if metadata is None else metadata))


def of_header(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    """A file with any header at all."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def taken_apart(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and data."""
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


def changed(**values: Tensor | None) -> dict[str, Tensor]:
    """Weights in which some are others, or missing; a name's dots are written as two underlines."""
    found: dict[str, Any] = weights() | {name.replace("__", "."): value for name, value in values.items()}
    return {name: value for name, value in found.items() if value is not None}


def saved(tensors: dict[str, Tensor]) -> bytes:
    return a_file({name: value.contiguous() for name, value in tensors.items()})
