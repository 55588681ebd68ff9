"""One process of the local service: started, watched, restarted, ended."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LARGEST_LOG = 10 << 20
# More early deaths than this within the window are no accident. Whoever has lived for longer can do its work,
# and was ended from outside.
EARLY_SECONDS = 10.0
MOST_DEATHS = 5
WINDOW_SECONDS = 60.0
REST_SECONDS = 1.0
# What ends a service: Ctrl-C, a supervisor, and a terminal that is closed.
TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Child:
    """A command that is kept running."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    pass_fds: tuple[int, ...] = ()
    grace_seconds: float = 10.0
    _process: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _asked: bool = False
    _deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a session of its own: a Ctrl-C in the terminal is for the launcher alone."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        mode = "wb" if self.log.exists() and self.log.stat().st_size > LARGEST_LOG else "ab"
        self._started, self._asked = time.monotonic(), False
        with self.log.open(mode) as log, undisturbed():
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
                pass_fds=self.pass_fds, start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def revive(self) -> bool:
        """Start it again if it died; False when it dies too often, each time soon after its start."""
        if self.is_running():
            return True
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < WINDOW_SECONDS]
        if now - self._started < EARLY_SECONDS:
            self._deaths.append(now)
        if len(self._deaths) > MOST_DEATHS:
            return False
        time.sleep(REST_SECONDS)
        self.start()
        return True

    def ask_to_end(self) -> None:
        """SIGTERM, once: a second one tells some not to tidy up."""
        if self._process is not None and not self._asked:
            self._asked = True
            self._process.terminate()

    def stop(self) -> None:
        """Ask it to end, then after the grace SIGKILL to whatever is left of its session."""
        if self._process is None:
            return
        self.ask_to_end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self.grace_seconds)
        self.kill()
        self._process.wait()

    def kill(self) -> None:
        """SIGKILL to whatever is left of its session."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let a signal to end wait while a process is started.

    What its handler raises in the middle of a fork is swallowed, or leaves a process that nobody knows of.
    The new process must run `die_with_parent`, or it stays deaf.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, TO_END)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def deaf() -> Iterator[None]:
    """Let no signal to end break off a clean-up: whoever sent one wants nothing else than its end."""
    with undisturbed():  # from one moment on, for all of them
        before = {each: signal.signal(each, signal.SIG_IGN) for each in TO_END}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def die_with_parent() -> None:
    """Run in the child before exec: should the launcher be killed outright, so is the child."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TO_END)
