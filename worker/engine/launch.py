"""Start the engine once for each rank, and stay with them: they end together.

`torchrun` would start each in a session of its own, which no supervisor's kill reaches, and without the two
pipes. This one knows no torch: it is there at once.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

POLL_SECONDS = 0.05
LAST_WORDS_SECONDS = 5.0  # for the others, to say what happened
FAILED = 1
PR_SET_PDEATHSIG = 1


def launch(words: Sequence[str], count: int, out: Path, *, events: int | None, control: int | None) -> int:
    """Run so many ranks to their end; returns the exit status of the first.

    words     the command line of each
    out       folder of the first; each other one has its own, for as long as it runs
    control   file descriptor of the commands, which the first alone obeys
    """
    rendezvous = out / f".ranks-{os.getpid()}"
    folders = [out, *(out / f".rank-{rank}" for rank in range(1, count))]
    ranks: list[subprocess.Popen[bytes]] = []
    try:
        for rank, folder in enumerate(folders):
            told = ["--ranks", str(count), "--rank", str(rank), "--rendezvous", str(rendezvous)]
            passed = (events, control) if rank == 0 else (events,)
            ranks.append(
                subprocess.Popen(
                    [sys.executable, "-m", "worker.engine", *words, "--out", str(folder), *told],
                    pass_fds=[one for one in passed if one is not None],
                )
            )
        return _status(ranks)
    finally:
        _end(ranks)
        rendezvous.unlink(missing_ok=True)
        for folder in folders[1:]:
            shutil.rmtree(folder, ignore_errors=True)


def die_with_parent() -> None:
    """Called by a rank first of all: who can still run sees a closed pipe, who can't needs the kernel."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _status(ranks: Sequence[subprocess.Popen[bytes]]) -> int:
    """That of the first rank once it has ended; a failure as soon as any other has failed."""
    first, *others = ranks
    while first.poll() is None:
        for rank, process in enumerate(others, start=1):
            if _failed(process.poll()):
                sys.stderr.write(f"rank {rank} of {len(ranks)} has ended ({process.returncode}): all do\n")
                return FAILED
        time.sleep(POLL_SECONDS)
    return first.returncode if first.returncode >= 0 else 128 - first.returncode


def _failed(status: int | None) -> bool:
    """Whether it ended otherwise than one that is done, or does as it was asked."""
    return status is not None and (status < 0 or status not in (0, 5, 6))


def _end(ranks: Sequence[subprocess.Popen[bytes]]) -> None:
    """End those that have not ended by themselves a moment later."""
    latest = time.monotonic() + LAST_WORDS_SECONDS
    while any(process.poll() is None for process in ranks) and time.monotonic() < latest:
        time.sleep(POLL_SECONDS)
    for process in ranks:
        process.kill()
        process.wait()
