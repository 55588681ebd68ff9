"""The header of a safetensors file, read with suspicion: what it says must be all true and all there is.

8 bytes   length of the header, little-endian
header    JSON: {name: {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {text: text}}
data      every tensor, one behind the other, without holes
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, BinaryIO

from core.errors import ModelRefused
from worker.packing.names import shown

LENGTH_BYTES = 8
MOST_BYTES = 8 << 20
MOST_TENSORS, MOST_DIMENSIONS = 20_000, 8
LARGEST = 2**48  # numbers in a tensor; more fit in no file, and their product must stay a number
SIZES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8,
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A tensor, and where it lies: offsets from the beginning of the data."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class Header:
    """What a file says of itself.

    data_at    where the data begin in the file
    """

    metadata: Mapping[str, str]
    tensors: Mapping[str, Entry]
    data_at: int


def read(file: BinaryIO, size: int) -> Header:
    """The header of a file of `size` bytes.

    raises ModelRefused for whatever is not exactly as the format wants it
    """
    length = int.from_bytes(file.read(LENGTH_BYTES), "little")
    if size < LENGTH_BYTES + 2 or length > size - LENGTH_BYTES:
        raise ModelRefused("it ends before its header does")
    if length > MOST_BYTES:
        raise ModelRefused(f"its header has {length:,} bytes, and may have {MOST_BYTES:,}")
    document = _parsed(file.read(length))
    metadata = _metadata(document.pop("__metadata__", {}))
    if not 0 < len(document) <= MOST_TENSORS:
        raise ModelRefused(f"it holds {len(document):,} tensors, and may hold 1 to {MOST_TENSORS:,}")
    tensors = {name: _entry(name, value) for name, value in document.items()}
    data_at = LENGTH_BYTES + length
    _check_layout(tensors, size - data_at)
    return Header(metadata, tensors, data_at)


def _parsed(text: bytes) -> dict[str, Any]:
    if not text.startswith(b"{"):
        raise ModelRefused("its header is no JSON object")
    try:
        document = json.loads(text.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ModelRefused("its header is not JSON in UTF-8") from error
    assert isinstance(document, dict), "it begins with a brace"
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one key, each reader takes the one it likes."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ModelRefused(f"its header names {shown(name)} more than once")
        found[name] = value
    return found


def _metadata(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ModelRefused("its metadata are not texts by name")
    return value


def _entry(name: str, value: Any) -> Entry:
    match value:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [begin, end]} if len(value) == 3:
            whole = [*shape, begin, end]
            if not all(type(number) is int and 0 <= number <= LARGEST for number in whole):
                raise ModelRefused(f"{shown(name)} has a shape or an offset that is no size")
        case _:
            raise ModelRefused(f"{shown(name)} must have dtype, shape and data_offsets, and nothing else")
    if dtype not in SIZES:
        raise ModelRefused(f"{shown(name)} has the dtype {shown(dtype)}, which is not known")
    if len(shape) > MOST_DIMENSIONS or math.prod(shape) > LARGEST:
        raise ModelRefused(f"{shown(name)} has a shape that is larger than any file")
    if end - begin != math.prod(shape) * SIZES[dtype]:
        raise ModelRefused(f"{shown(name)} has {end - begin:,} bytes, which is not what its shape takes")
    return Entry(dtype, tuple(shape), begin, end)


def _check_layout(tensors: Mapping[str, Entry], size: int) -> None:
    """Each byte of the data belongs to exactly one tensor."""
    in_order = sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end))
    first, last = in_order[0][1], in_order[-1][1]
    if first.begin != 0:
        raise ModelRefused("bytes before the first tensor belong to none")
    for (_, one), (name, other) in pairwise(in_order):
        if other.begin < one.end:
            raise ModelRefused(f"{shown(name)} overlaps with another tensor")
        if other.begin > one.end:
            raise ModelRefused(f"bytes before {shown(name)} belong to no tensor")
    if last.end > size:
        raise ModelRefused(f"it is cut off: {last.end - size:,} bytes are missing")
    if last.end < size:
        raise ModelRefused(f"{size - last.end:,} bytes behind the last tensor belong to none")
