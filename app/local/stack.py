"""API, dispatcher, worker and broker of one home, started and ended together."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from json import loads
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from app.local import broker
from app.local.child import Child, deaf
from app.local.own_broker import OwnBroker
from app.local.ports import listen
from core.errors import DistilleryError
from core.settings import Settings, child_environment

READY_WITHIN_SECONDS = 60.0
# For a worker, beside the time that a drain may take.
WORKER_GRACE_SECONDS = 10.0
# What others need, and people, until all others have ended.
SERVING = ("broker", "api")


class AlreadyRunning(DistilleryError):
    """A service of this home is already running."""

    code = "already_running"


class DidNotStart(DistilleryError):
    """A part of the service did not start."""

    code = "did_not_start"
    hint = "Its log says why."


class Stack:
    """A context manager: up inside, and nothing of it left afterwards."""

    def __init__(self, settings: Settings, port: int = 8000) -> None:
        self._settings = settings
        self._port = port
        self._children: list[Child] = []
        self._lock: IO[str] | None = None
        self._socket: socket.socket | None = None
        self.url = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def watch(self) -> None:
        """Start again what died; DidNotStart when something but the broker dies too often."""
        for child in self._children:
            if not child.revive():
                raise DidNotStart(f"{child.name} keeps ending", hint=f"Its log: {child.log}")

    def processes(self) -> dict[str, int | None]:
        """The process id of each part."""
        return {child.name: child.pid for child in self._children}

    def stop(self) -> None:
        """End everything, what serves others last, and leave nothing of a running service behind.

        An impatient second Ctrl-C must not leave half of it behind.
        """
        with deaf():
            self._stop()

    def _stop(self) -> None:
        for child in self._children:
            if child.name not in SERVING:
                child.ask_to_end()
        for child in reversed(self._children):
            child.stop()
        self._children.clear()
        if self._socket is not None:
            self._socket.close()
        if self._lock is not None:
            self._settings.url_file.unlink(missing_ok=True)
            self._unfinished_address.unlink(missing_ok=True)
            shutil.rmtree(self._settings.runtime, ignore_errors=True)
            # Workers that were killed left folders of attempts, and nobody runs any more who could need one.
            shutil.rmtree(self._settings.work, ignore_errors=True)
            self._lock.close()
            self._lock = None

    def _start(self) -> None:
        settings = self._settings
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _locked(settings)
        _private(settings.runtime.parent)
        _private(settings.runtime)
        self._run_once("app.local.prepare")
        self._socket = listen(self._port)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        if settings.broker_url is None:
            self._start_broker()
        fd = self._socket.fileno()
        self._start_python("api", "app.serve", "--fd", str(fd), pass_fds=(fd,))
        self._start_python("dispatcher", "worker.dispatcher")
        self._start_python("predictor", "worker.predictor")
        for name, module in (("worker", "worker.main"), ("light", "worker.light")):
            self._start_python(name, module, grace=settings.drain_seconds + WORKER_GRACE_SECONDS)
        self._wait_until_ready()
        self._publish_address()

    def _publish_address(self) -> None:
        """Say where the service is, all at once: whoever finds the file reads a whole address."""
        self._unfinished_address.write_text(self.url + "\n")
        self._unfinished_address.replace(self._settings.url_file)

    @property
    def _unfinished_address(self) -> Path:
        return self._settings.url_file.with_suffix(".new")

    def _start_broker(self) -> None:
        listen, folder = self._settings.broker_socket, self._settings.home / "broker"
        command = broker.command(listen, folder)
        child = OwnBroker(
            "broker", command, self._log("broker"), self._environment(), listen=listen, folder=folder
        )
        self._children.append(child)
        child.come_up()

    def _start_python(
        self, name: str, module: str, *words: str, grace: float = 10.0, pass_fds: tuple[int, ...] = ()
    ) -> None:
        self._add(name, [sys.executable, "-m", module, *words], grace, pass_fds)

    def _add(
        self, name: str, command: list[str], grace: float = 10.0, pass_fds: tuple[int, ...] = ()
    ) -> None:
        child = Child(name, command, self._log(name), self._environment(), pass_fds, grace)
        # Known before it is started: a Ctrl-C may come right after.
        self._children.append(child)
        child.start()

    def _log(self, name: str) -> Path:
        return self._settings.home / "logs" / f"{name}.log"

    def _environment(self) -> dict[str, str]:
        return child_environment(self._settings)

    def _run_once(self, module: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", module],
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise DidNotStart(f"{module} failed", hint=done.stderr.strip()[-2000:])

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not _all_ok(self.url):
            self.watch()
            if time.monotonic() > deadline:
                raise DidNotStart(hint=f"The logs lie in {self._settings.home / 'logs'}")
            time.sleep(0.1)


def _locked(settings: Settings) -> IO[str]:
    """Hold the home's lock, or say who does."""
    lock = (settings.home / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        url = settings.url_file.read_text().strip() if settings.url_file.exists() else "somewhere"
        raise AlreadyRunning(f"a service of {settings.home} is already running at {url}") from error
    return lock


def _private(folder: Path) -> None:
    """Make a folder of this user's own; one that somebody else laid in the way could hold their broker."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():
        raise DidNotStart(f"{folder} belongs to another user", hint="Set XDG_RUNTIME_DIR to your own.")


def _all_ok(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            checks = loads(answer.read())["checks"]
    except OSError:
        return False
    return all(check["ok"] for check in checks.values())
