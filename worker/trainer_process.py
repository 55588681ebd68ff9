"""The trainer as an operating-system process: start it, talk over two pipes, end it."""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

LONGEST_LINE = 1 << 20
PR_SET_PDEATHSIG = 1
# Looked up before any fork: the child may run little else than the call itself.
_prctl = ctypes.CDLL(None).prctl

Event = dict[str, Any]


class TrainerProcess:
    """`python -m worker.engine` in a process group of its own. It dies with the thread that starts it."""

    def __init__(self, command: list[str], out: Path, log: IO[bytes], *, environment: dict[str, str]) -> None:
        events_read, events_write = os.pipe()
        control_read, control_write = os.pipe()
        self.events = os.fdopen(events_read, "rb", buffering=0)
        os.set_blocking(events_read, False)
        self._control = os.fdopen(control_write, "wb", buffering=0)
        self._held = b""
        self._is_silent = False
        pipes = ["--events-fd", str(events_write), "--control-fd", str(control_read)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command, *pipes],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=out, start_new_session=True,
            pass_fds=(events_write, control_read), env=environment,
            preexec_fn=partial(die_with, os.getpid()),
        )  # fmt: skip
        os.close(events_write)
        os.close(control_read)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, command: str) -> None:
        """Pass a wish down; a trainer that has just ended can't hear it, which is no error."""
        try:
            self._control.write(json.dumps({"command": command}).encode() + b"\n")
        except BrokenPipeError:
            return

    def wait(self, seconds: float) -> None:
        """Until it says something or, at most, for so long."""
        if self._is_silent:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        else:
            select.select([self.events], [], [], seconds)

    def read(self) -> Iterator[Event]:
        """Whole events that have arrived. A line that is no event is a defect, and is skipped."""
        while chunk := self.events.read(1 << 16):
            self._held += chunk
            *lines, self._held = self._held.split(b"\n")
            yield from filter(None, map(_event, lines))
            if len(self._held) > LONGEST_LINE:
                self._held = b""
        # None: nothing yet. No bytes at all: it has closed its end, and the pipe is always "ready".
        self._is_silent = chunk is not None

    def poll(self) -> int | None:
        """The exit status; negative is a signal; None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """End the whole process group, and wait for it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        self.events.close()
        self._control.close()


def die_with(supervisor: int) -> None:
    """Run in a child before it is a trainer, which may be frozen or killed before its first line of Python.

    A trainer that can still run sees the end of its pipe; one that can't needs the kernel. So does any other
    child, which has no such pipe.
    """
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        os._exit(1)


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None
