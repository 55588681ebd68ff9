"""The numbers themselves: finite, in float32, and written anew where they were not."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from core.errors import ModelRefused
from worker.packing.names import shown
from worker.packing.packed_file import staged
from worker.weights.comparing import is_counter
from worker.weights.header import LENGTH_BYTES, Entry, Header

TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "U8": torch.uint8, "I8": torch.int8, "I16": torch.int16, "U16": torch.uint16,
    "I32": torch.int32, "U32": torch.uint32, "I64": torch.int64, "U64": torch.uint64,
}  # fmt: skip
ALIGNMENT = 8


def is_plain(header: Header, expected: Mapping[str, Tensor]) -> bool:
    """Whether the file is already as it would be written anew."""
    tensors = header.tensors
    return all(name in tensors and tensors[name].dtype == _dtype(name) for name in expected)


def check(file: BinaryIO, header: Header, expected: Mapping[str, Tensor]) -> None:
    """Look at every number, a tensor at a time.

    raises ModelRefused for one that is not finite
    """
    for name in expected:
        _read(file, header, name)


def rewrite(file: BinaryIO, header: Header, expected: Mapping[str, Tensor], out: Path) -> None:
    """The same weights in float32, counters among them.

    raises ModelRefused as `check` does; then there is no file
    """
    with staged(out) as target:
        target.write(_header(header.metadata, expected))
        for name in _in_order(expected):
            target.write(_read(file, header, name).numpy().tobytes())


def _read(file: BinaryIO, header: Header, name: str) -> Tensor:
    entry = header.tensors.get(name)
    if entry is None:
        return torch.zeros((), dtype=torch.int64)
    found = _stored(file, header.data_at, entry)
    if is_counter(name):
        return found.to(torch.int64)
    if not torch.isfinite(found).all():
        raise ModelRefused(f"{shown(name)} holds numbers that are not finite", hint="Train it anew.")
    value = found.to(torch.float32)
    if not torch.isfinite(value).all():
        raise ModelRefused(f"{shown(name)} holds numbers that are too large for float32")
    if name.endswith("running_var") and (value < 0).any():
        raise ModelRefused(f"{shown(name)} holds a variance below 0", hint="Train it anew.")
    return value


def _stored(file: BinaryIO, data_at: int, entry: Entry) -> Tensor:
    file.seek(data_at + entry.begin)
    content = bytearray(file.read(entry.end - entry.begin))
    if not content:
        return torch.zeros(entry.shape, dtype=TYPES[entry.dtype])
    return torch.frombuffer(content, dtype=TYPES[entry.dtype]).reshape(entry.shape)


def _header(metadata: Mapping[str, str], expected: Mapping[str, Tensor]) -> bytes:
    document: dict[str, Any] = {"__metadata__": dict(metadata)}
    at = 0
    for name in _in_order(expected):
        end = at + expected[name].numel() * (8 if is_counter(name) else 4)
        shape = list(expected[name].shape)
        document[name] = {"dtype": _dtype(name), "shape": shape, "data_offsets": [at, end]}
        at = end
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return len(text).to_bytes(LENGTH_BYTES, "little") + text


def _in_order(expected: Mapping[str, Tensor]) -> list[str]:
    """Counters first: then every tensor is aligned."""
    return sorted(expected, key=lambda name: (not is_counter(name), name))


def _dtype(name: str) -> str:
    return "I64" if is_counter(name) else "F32"
