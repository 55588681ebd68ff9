"""python -m worker.weights FILE --report FILE --out FILE [--told FILE] [--memory-bytes N] [--cpu-seconds N]

Reads a safetensors file that somebody sent, and compares it with the network that it is for. It needs no
network and no database, and confines itself before it reads a foreign byte.

Exit codes: 0 sound, 1 refused or failed, 2 wrong usage. The report says what the file is; or it holds
{"error": {"code", "detail", "hint", "keys"}}.
"""

import argparse
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

# One thread is enough for numbers that are looked at once, and each of them reserves memory, which counts.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from core.errors import DistilleryError, Internal, ModelRefused, OutOfMemory
from worker.engine.exports.files import json_bytes, write
from worker.engine.failures import coded
from worker.weights import limits
from worker.weights.reading import read


def main(arguments: list[str] | None = None) -> int:
    """Read what the command line names; returns the exit code."""
    options = _parser().parse_args(arguments)
    told = json.loads(options.told.read_bytes()) if options.told else {}
    limits.confine(options.memory_bytes, options.cpu_seconds)
    try:
        report = read(options.source, told, options.out)
    except Exception as error:
        report = {"error": _told(error)}
    write(options.report, json_bytes(report), "report")
    return 1 if "error" in report else 0


def _told(error: Exception) -> dict[str, Any]:
    cause = _cause(error)
    if isinstance(cause, Internal):
        traceback.print_exception(error)
    keys = cause.keys if isinstance(cause, ModelRefused) else {}
    return {"code": cause.code, "detail": cause.detail, "hint": cause.advice, "keys": keys}


def _cause(error: Exception) -> DistilleryError:
    found = coded(error)
    if isinstance(found, OutOfMemory):
        return ModelRefused("reading it takes more memory than is allowed")
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker.weights", description="Read foreign weights.")
    parser.add_argument("source", type=Path, help="a safetensors file")
    parser.add_argument("--report", type=Path, required=True, help="what was found, as JSON")
    parser.add_argument("--out", type=Path, required=True, help="the weights, where they must be converted")
    parser.add_argument("--told", type=Path, help="what somebody says beside the file, as JSON")
    parser.add_argument("--memory-bytes", type=int, default=limits.MEMORY_BYTES, help="that it may take")
    parser.add_argument("--cpu-seconds", type=int, default=limits.CPU_SECONDS, help="that it may take")
    return parser


if __name__ == "__main__":
    sys.exit(main())
