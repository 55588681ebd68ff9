"""python -m worker.convert MODEL.pt [--out FILE] [--architecture NAME] [--classes A,B,C]

Writes the weights in a file of torch's own format as safetensors, which a service takes. On the machine of
whoever trusts the file; even so it is read as data only, and runs no code of its own.

Exit codes: 0 written, and its path is on stdout; 1 failed, with a reason on stderr; 2 wrong usage.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from core.spec.models import Architecture
from worker.engine.exports.files import write

# Where training programs keep the weights among other things.
INSIDE = ("state_dict", "model", "model_state_dict")
# What wrappers put before every name: data parallel training, and torch.compile.
PREFIXES = ("module.", "_orig_mod.")
# What torch names of a file that holds more than data; around it stands how to load it all the same.
OBJECT = re.compile(r"GLOBAL ([\w.]+) was not an allowed global")
WITHOUT_TORCH = "this needs torch and safetensors: install distillery with `pip install 'distillery[worker]'`"


class NotConverted(Exception):
    """Why there is no file."""


def convert(source: Path, metadata: Mapping[str, str]) -> bytes:
    """The weights in a file as safetensors.

    raises NotConverted if it holds none, or more than data
    """
    try:
        from safetensors.torch import save
    except ImportError as error:
        raise NotConverted(WITHOUT_TORCH) from error
    weights = {
        name: value.detach().clone().contiguous() for name, value in _weights(_loaded(source), source).items()
    }
    return save(weights, dict(metadata) or None)


def _loaded(source: Path) -> Any:
    import torch

    try:
        return torch.load(source, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # what is no pickle, or a broken one, ends in any error there is
        raise NotConverted(
            f"{source} holds no weights alone ({_reason(error)}); save them anew, where the model was made: "
            "torch.save(model.state_dict(), path)"
        ) from error


def _reason(error: Exception) -> str:
    found = OBJECT.search(str(error))
    return f"{found[1][:100]} is in it, too" if found else "it is damaged, or was not written by torch.save"


def _weights(loaded: Any, source: Path) -> dict[str, Any]:
    """The state dict, wherever it stands, with the names that the network itself gives."""
    from torch import Tensor

    inside = next(
        (loaded[name] for name in INSIDE if _is_dict(loaded) and _is_dict(loaded.get(name))), loaded
    )
    if not _is_dict(inside) or not inside:
        raise NotConverted(f"{source} holds no state dict, neither by itself nor as {' or '.join(INSIDE)}")
    odd = [
        name for name, value in inside.items() if not isinstance(name, str) or not isinstance(value, Tensor)
    ]
    if odd:
        raise NotConverted(f"{source} holds something else than weights under {str(odd[0])[:100]!r}")
    weights: dict[str, Any] = dict(inside)
    while (
        prefix := next((p for p in PREFIXES if all(name.startswith(p) for name in weights)), None)
    ) is not None:
        weights = {name.removeprefix(prefix): value for name, value in weights.items()}
    return weights


def _is_dict(value: Any) -> bool:
    return isinstance(value, Mapping)


def main(arguments: list[str] | None = None) -> int:
    """Convert what the command line names; returns the exit code."""
    options = _parser().parse_args(arguments)
    out = options.out or options.source.with_suffix(".safetensors")
    said = {"architecture": options.architecture, "class_names": options.classes}
    metadata = {name: json.dumps(value) for name, value in said.items() if value is not None}
    try:
        if out.exists():
            raise NotConverted(f"{out} is there already; give another name with --out")
        write(out, convert(options.source, metadata))
    except NotConverted as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or out}: {error.strerror}\n")
        return 1
    sys.stdout.write(f"{out}\n")
    return 0


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError("names, with commas between them")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="distillery convert", description="Write weights of torch's own format as safetensors."
    )
    parser.add_argument("source", type=Path, help="a state dict, or a file that holds one")
    parser.add_argument("--out", type=Path, help="the new file; by default beside the old one")
    parser.add_argument(
        "--architecture", choices=get_args(Architecture), metavar="NAME", help="which network it is"
    )
    parser.add_argument("--classes", type=_names, help="their names, in the order of the outputs: a,b,c")
    return parser


if __name__ == "__main__":
    sys.exit(main())
