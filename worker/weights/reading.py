"""From a file that somebody sent to a model that jobs may use, or to the reason why not."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from core.errors import ModelRefused
from worker.packing.names import shown
from worker.weights import header, values
from worker.weights.comparing import compare
from worker.weights.header import Header
from worker.weights.networks import Chosen, choose
from worker.weights.said import Said, said


def read(source: Path, told: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """What the file is: of which network, with which classes.

    told    what somebody says beside it: architecture, width, stem, class_names
    out     the same weights in float32, written only where the file has them otherwise

    raises ModelRefused for a file that is not exactly the weights of a network that is known
    """
    with source.open("rb") as file:
        head = header.read(file, os.fstat(file.fileno()).st_size)
        found = said(head.metadata, told)
        chosen = choose(head.tensors, found)
        compare(head.tensors, chosen.expected)
        _check_others_read_it(source)
        plain = values.is_plain(head, chosen.expected)
        if plain:
            values.check(file, head, chosen.expected)
        else:
            values.rewrite(file, head, chosen.expected, out)
    return _report(found, chosen, head, plain)


def _check_others_read_it(source: Path) -> None:
    """The library that jobs read it with may be stricter than we are, about texts for instance."""
    try:
        with safe_open(source, framework="pt"):
            pass
    except (SafetensorError, ValueError) as error:
        raise ModelRefused(f"the safetensors library refuses it: {shown(str(error))}") from error


def _report(found: Said, chosen: Chosen, head: Header, plain: bool) -> dict[str, Any]:
    kept = ("image_size", "mean", "std", "resize", "dataset", "dataset_digest", "class_names")
    return {
        "architecture": chosen.architecture,
        "width": chosen.width,
        "stem": chosen.stem,
        "classes": chosen.classes,
        "parameters": sum(value.numel() for value in chosen.expected.values() if value.is_floating_point()),
        "dtypes": sorted({entry.dtype for entry in head.tensors.values()}),
        "converted": not plain,
        "assumed": list(chosen.assumed),
        **found.model_dump(mode="json", include=set(kept)),
    }
