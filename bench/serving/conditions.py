"""What else the machine was doing: no figure means anything without it."""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastapi
import sqlalchemy
import uvicorn

# Of the first line of /proc/stat: idle, waiting for a disk.
IDLE = (3, 4)


def machine() -> dict[str, Any]:
    return {
        "device": f"{os.cpu_count()} CPU cores, {platform.machine()}", "python": platform.python_version(),
        "fastapi": fastapi.__version__, "uvicorn": uvicorn.__version__, "sqlalchemy": sqlalchemy.__version__,
    }  # fmt: skip


@contextmanager
def watched(result: dict[str, Any]) -> Iterator[None]:
    """Add how many cores others kept busy meanwhile. What we started must have ended by then."""
    began, busy, ours = time.monotonic(), _busy_seconds(), _our_seconds()
    yield
    others = (_busy_seconds() - busy) - (_our_seconds() - ours)
    result["cores_that_others_used"] = round(max(0.0, others) / (time.monotonic() - began), 2)


def _busy_seconds() -> float:
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - sum(fields[i] for i in IDLE)) / os.sysconf("SC_CLK_TCK")


def _our_seconds() -> float:
    """This process and its children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
