"""From whatever was raised to an error of ours, with a code that a program can read."""

import errno

from core.errors import DiskFull, DistilleryError, Internal, OutOfMemory

NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# What torch says on CPUs and on GPUs, and what the loader says of a library that found no room.
NO_MEMORY = ("can't allocate memory", "out of memory", "cannot allocate memory", "failed to map segment")


def coded(error: BaseException) -> DistilleryError:
    """The error itself if it is ours; else the one of ours that it means."""
    match error:
        case DistilleryError():
            return error
        case MemoryError():
            return OutOfMemory(_said(error))
        case RuntimeError() | ImportError() if any(words in str(error).lower() for words in NO_MEMORY):
            return OutOfMemory(_said(error))
        case OSError() if error.errno in NO_SPACE:
            return DiskFull(_said(error))
        case _:
            return Internal(": ".join(filter(None, (type(error).__name__, _said(error)))))


def _said(error: BaseException) -> str | None:
    """The first line of the message; None takes our own."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else None
