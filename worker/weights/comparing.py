"""Compare a file with its network key by key, and say all that differs."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from core.errors import ModelRefused
from worker.packing.names import shown
from worker.weights.header import Entry

MOST = 50  # that are told by name
FLOATS, INTEGERS = ("F16", "BF16", "F32", "F64"), ("U8", "I8", "I16", "U16", "I32", "U32", "I64", "U64")
# How many batches a normalisation has seen: of use to training only, and not in files of long ago.
COUNTER = "num_batches_tracked"
PREFIXES = "Keys with a prefix, as `module.`, are renamed by `distillery convert model.pt`."


def compare(tensors: Mapping[str, Entry], expected: Mapping[str, Tensor]) -> None:
    """Pass if every weight is there, in its shape, as numbers that it can be; and nothing else.

    raises ModelRefused with all that differs
    """
    missing = [name for name in expected if name not in tensors and not is_counter(name)]
    unexpected = [name for name in tensors if name not in expected]
    common = [name for name in expected if name in tensors]
    mismatched = [name for name in common if not _fits(name, tensors[name], expected[name])]
    if not (missing or unexpected or mismatched):
        return
    told = [_told(name, tensors[name], expected[name]) for name in mismatched[:MOST]]
    raise ModelRefused(
        f"of {len(expected):,} keys {len(missing):,} are missing and {len(mismatched):,} have another shape "
        f"or type; {len(unexpected):,} are unexpected",
        hint=PREFIXES if missing and unexpected else None,
        keys={
            "missing": _first(missing),
            "unexpected": _first(unexpected),
            "mismatched": {"count": len(mismatched), "first": told},
        },
    )


def is_counter(name: str) -> bool:
    return name.rpartition(".")[2] == COUNTER


def _fits(name: str, found: Entry, wanted: Tensor) -> bool:
    return found.shape == tuple(wanted.shape) and found.dtype in _types(name)


def _types(name: str) -> Sequence[str]:
    return INTEGERS if is_counter(name) else FLOATS


def _told(name: str, found: Entry, wanted: Tensor) -> dict[str, str]:
    return {
        "key": shown(name),
        "expected": f"{'I64' if is_counter(name) else 'F32'} {list(wanted.shape)}",
        "found": f"{found.dtype} {list(found.shape)}",
    }


def _first(names: Sequence[str]) -> dict[str, Any]:
    return {"count": len(names), "first": [shown(name) for name in names[:MOST]]}
