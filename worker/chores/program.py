"""Run a program of ours that opens what strangers sent: without secrets, and for a limited time."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.errors import Internal
from core.settings import trainer_environment
from worker.trainer_process import die_with

LOOK_SECONDS = 0.5
# What a program may say about its end; more of it is of no use to anyone.
LONGEST_WORDS = 1 << 20


# Looks whether the work is still wanted; raises where it is not.
Look = Callable[[], None]


def run(words: list[str], folder: Path, look: Look, limit_seconds: float) -> tuple[int, str]:
    """`python -m <words>` in a folder; returns its exit code and what it said on stderr.

    Internal    it took longer than the limit
    """
    with (folder / "stderr").open("w+b") as said:
        with subprocess.Popen(
            [sys.executable, "-m", *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
            cwd=folder, start_new_session=True, preexec_fn=partial(die_with, os.getpid()),
            env=trainer_environment() | {"TMPDIR": str(folder)},
        ) as program:  # fmt: skip
            try:
                _stay_with(program, look, limit_seconds)
            finally:
                program.kill()
        said.seek(max(0, said.tell() - LONGEST_WORDS))
        return program.returncode, said.read().decode(errors="replace")


def _stay_with(program: subprocess.Popen[bytes], look: Look, limit_seconds: float) -> None:
    deadline = time.monotonic() + limit_seconds
    while program.poll() is None:
        look()
        if time.monotonic() > deadline:
            raise Internal(f"it took longer than {limit_seconds:.0f} s, and was ended")
        try:
            program.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
