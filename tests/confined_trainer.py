"""The real trainer, which may take little more memory than torch itself takes.

DISTILLERY_TRAINER=tests.confined_trainer puts it in place.
"""

import os
import resource
import sys
from pathlib import Path

import sklearn.datasets  # noqa: F401 - as the next one
import torch

from worker.engine import distill  # noqa: F401 - loaded before the limit counts
from worker.engine.__main__ import main

LEFT_BYTES = 300 << 20


def confine() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + LEFT_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    torch.ones(100, 100) @ torch.ones(100, 100)  # starts the threads, which have stacks
    confine()
    status = main()
    sys.stdout.flush()
    os._exit(status)
