"""python -m worker.packing SOURCE --out FILE --report FILE [--image-size N] [--resize RULE]
                         [--names-encoding NAME] [--limits JSON]

Packs a zip or a folder of images, or a table as CSV or Parquet, into one file for the engine. It needs no
network, no database and no torch, and confines itself before it reads a foreign byte.

Exit codes: 0 packed, 1 refused or failed, 2 wrong usage. With 1 the last line on stderr is a JSON object
{"error": {"code", "detail", "hint"}}, which also stands in the report, beside what was found out until then.
"""

import argparse
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

# One thread of numpy's own is enough: each of them reserves memory, which counts.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Arrow's own allocators reserve a gigabyte of addresses before the first row.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

from core.errors import ArchiveRefused, DistilleryError, Internal
from core.spec.datasets import LARGEST_SIDE, SMALLEST_SIDE
from worker.engine.exports.files import json_bytes, write
from worker.engine.failures import coded
from worker.packing import images
from worker.packing.limits import Limits, confine
from worker.packing.packing import pack
from worker.packing.tables.packing import pack_table

ZIP_BEGINS, ZIP_ENDS = b"PK\x03\x04", b"PK\x05\x06"
ZIP_END = 22 + (1 << 16)  # bytes in which its end is, with the longest comment


def main(arguments: list[str] | None = None) -> int:
    """Pack what the command line names; returns the exit code."""
    options = _parser().parse_args(arguments)
    confine(options.limits)
    images.confine(options.limits.image_pixels)
    told: dict[str, Any] = {}
    status = 0
    try:
        if is_images(options.source):
            pack(
                options.source, options.out, told, options.limits, options.image_size, options.resize,
                options.names_encoding,
            )  # fmt: skip
        else:
            pack_table(options.source, options.out, told, options.limits, options.image_size)
    except Exception as error:
        told["error"] = _told(error)
        status = 1
    write(options.report, json_bytes(told), "report")
    if status:
        sys.stderr.write(json.dumps({"error": told["error"]}) + "\n")
    return status


def is_images(source: Path) -> bool:
    """Whether it is a folder, or begins or ends as a zip; whatever else there is, is read as a table."""
    if source.is_dir():
        return True
    with source.open("rb") as file:
        begins = file.read(len(ZIP_BEGINS)) == ZIP_BEGINS
        file.seek(max(0, source.stat().st_size - ZIP_END))
        return begins or ZIP_ENDS in file.read()


def _told(error: Exception) -> dict[str, str | None]:
    cause = _cause(error)
    if isinstance(cause, Internal):
        traceback.print_exception(error)
    return {"code": cause.code, "detail": cause.detail, "hint": cause.advice}


def _cause(error: Exception) -> DistilleryError:
    if isinstance(error, MemoryError):
        return ArchiveRefused("reading it takes more memory than is allowed")
    if isinstance(error, FileNotFoundError | PermissionError):
        return ArchiveRefused(f"it can't be opened: {error.strerror}")
    return coded(error)


def _limits(text: str) -> Limits:
    try:
        return Limits.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _side(text: str) -> int:
    if not text.isdecimal() or not SMALLEST_SIDE <= int(text) <= LARGEST_SIDE:
        raise argparse.ArgumentTypeError(f"must be {SMALLEST_SIDE} to {LARGEST_SIDE} pixels")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m worker.packing", description="Pack a data set of images, or a table."
    )
    parser.add_argument("source", type=Path, help="a zip file, a folder, a CSV or Parquet file")
    parser.add_argument("--out", type=Path, required=True, help="the packed file")
    parser.add_argument("--report", type=Path, required=True, help="what was found, as JSON")
    parser.add_argument("--image-size", type=_side, help="side in pixels; by default as the images are")
    parser.add_argument("--resize", choices=["crop", "squash"], default="crop", help="by default crop")
    parser.add_argument("--names-encoding", help="of names in a zip that does not say it; by default guessed")
    parser.add_argument("--limits", type=_limits, default=Limits(), help="JSON object, by name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
