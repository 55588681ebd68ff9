"""On a terminal: a bar that moves, and Ctrl-C that lets the job go on."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.client import Distillery
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi
from tests.polling import eventually

CTRL_C = b"\x03"
# Ctrl-C is a signal to those whose controlling terminal it is pressed on.
ON_ITS_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from app.cli.main import main
sys.exit(main())
"""


class Terminal:
    """A command that runs on a terminal of its own."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self._near, far = pty.openpty()
        environment = {**os.environ, "DISTILLERY_HOME": str(home), "TERM": "xterm", "COLUMNS": "80"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", ON_ITS_TERMINAL, *arguments], stdin=far, stdout=far, stderr=far,
            env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(far)
        os.set_blocking(self._near, False)
        self.shown = ""

    def shows(self, text: str) -> None:
        """Wait until the text has appeared."""
        eventually(lambda: text in self._read())

    def press(self, keys: bytes) -> None:
        os.write(self._near, keys)

    def ends(self) -> int:
        """Its exit code, once it has ended and everything was read."""
        eventually(self._has_ended)
        self._read()
        return self._process.wait()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._near)

    def _has_ended(self) -> bool:
        self._read()
        return self._process.poll() is not None

    def _read(self) -> str:
        try:
            while data := os.read(self._near, 65536):
                self.shown += data.decode(errors="replace")
        except OSError:
            pass
        return self.shown


@contextmanager
def terminal(api: LiveApi, *arguments: str) -> Iterator[Terminal]:
    opened = Terminal(api.settings.home, *arguments)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def worker(service: Distillery, work: Callable[[], WorkerByHand]) -> WorkerByHand:
    """Holds a job that was just queued."""
    service.jobs.create(name="mine")
    return work()


def test_a_bar_shows_how_far_and_how_well(api: LiveApi, worker: WorkerByHand) -> None:
    with terminal(api, "watch", "mine") as shown:
        worker.phase("distil")
        worker.metrics(1, teacher_accuracy=0.98)
        worker.progress(3, 4)
        worker.metrics(3, train_loss=0.25, validation_accuracy=0.97)

        shown.shows("epoch 3/4")
        shown.shows("75 %  42 s left")
        shown.shows("1,234 images/s  loss 0.2500  accuracy 97.0 % (teacher 98.0 %)")
        worker.succeed()

        assert shown.ends() == 0
        assert "succeeded" in shown.shown


def test_ctrl_c_lets_the_job_go_on_and_says_how_to_come_back(
    api: LiveApi, service: Distillery, worker: WorkerByHand
) -> None:
    job_id = worker.attempt.job_id
    with terminal(api, "watch", "mine") as shown:
        worker.progress(1, 4)
        shown.shows("25 %")

        shown.press(CTRL_C)

        assert shown.ends() == 128 + signal.SIGINT
        assert f"distillery watch {job_id}" in shown.shown
        assert "Traceback" not in shown.shown
    assert service.jobs.get(job_id).state == "running"


def test_a_job_that_waits_says_for_what(api: LiveApi, service: Distillery) -> None:
    with terminal(api, "run", "--set", "dataset=digits") as shown:
        shown.shows("queued: no worker is alive")


def test_a_paused_job_says_how_to_resume_it(api: LiveApi, service: Distillery, worker: WorkerByHand) -> None:
    job = service.jobs.get(worker.attempt.job_id)
    with terminal(api, "watch", "mine") as shown:
        worker.progress(1, 4)
        job.pause()
        shown.shows("asked to pause")
        worker.suspend()
        shown.shows("paused: let it go on with")
        job.cancel()

        assert shown.ends() == 5
