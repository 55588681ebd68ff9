"""python -m worker.predicting --files FOLDER [--fault TEXT]

Answers questions, one JSON object a line, from standard input to standard output. It is given no address, no
key and no environment: only the folder of the file store. It confines itself before it reads a foreign byte,
and is ended from outside when an image keeps it busy for too long.

Up: {"ready": true} once, {"begins": "networks" | "image" | "answer"}, and then for each question
{"answer": …} or {"error": {"code", "detail", "hint"}}.
"""

import argparse
import json
import os
import resource
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

from core import faults
from core.errors import Internal
from core.files import FileStore
from core.prediction import Question
from worker.packing.limits import GIB, Limits

# Torch alone takes 1 GiB of it.
MEMORY_BYTES = 4 * GIB


def main() -> int:
    """Answer until there is no more question."""
    options = _parser().parse_args()
    faults.arm(options.fault)
    up = _own_output()
    _confine()
    from worker.engine import device, failures
    from worker.packing import images
    from worker.predicting.answering import Answering

    device.prepare()
    images.confine(Limits().image_pixels)

    def begins(what: str) -> None:
        _say(up, begins=what)
        faults.point(f"predicting.{what}")

    answering = Answering(FileStore(options.files), begins)
    _say(up, ready=True)
    for line in sys.stdin:
        try:
            _say(up, answer=answering.answer(Question(**json.loads(line))))
        except Exception as error:
            cause = failures.coded(error)
            if isinstance(cause, Internal):
                traceback.print_exception(error)
            _say(up, error={"code": cause.code, "detail": cause.detail, "hint": cause.advice})
    return 0


def _say(up: TextIO, **document: Any) -> None:
    up.write(json.dumps(document, allow_nan=False) + "\n")
    up.flush()


def _own_output() -> TextIO:
    """Answers alone go up: whatever a library prints is for the log."""
    up = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return up


def _confine() -> None:
    """Let the kernel end what outgrows its limits."""
    for what, most in ((resource.RLIMIT_DATA, MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
        _, given = resource.getrlimit(what)
        limit = most if given == resource.RLIM_INFINITY else min(most, given)
        resource.setrlimit(what, (limit, limit))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker.predicting", description="Answer questions.")
    parser.add_argument("--files", type=Path, required=True, help="folder of the file store")
    parser.add_argument("--fault", help="for tests: where to fail")
    return parser


if __name__ == "__main__":
    sys.exit(main())
