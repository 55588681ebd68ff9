"""The warm process that answers, as its parent sees it: started when first needed, ended when it hangs."""

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from core.errors import ImageUnreadable, Internal, PredictorUnavailable
from core.prediction import Question
from core.settings import Settings, trainer_environment
from worker.trainer_process import die_with

MODULE = "worker.predicting"
# To load torch, on a busy machine with a slow disk.
START_SECONDS = 120.0
LOOK_SECONDS = 0.2
LONGEST_LINE = 1 << 20
LOOK_AT_THE_LOG = "The log of the predictor says more."

Message = dict[str, Any]


class PredictingProcess:
    """One process at a time, and none before the first question.

    is_ending    whether the parent was told to end: then nobody waits for an answer
    """

    def __init__(self, settings: Settings, is_ending: Callable[[], bool]) -> None:
        self._settings = settings
        self._is_ending = is_ending
        self._process: subprocess.Popen[bytes] | None = None
        self._held = b""
        self._is_ready = False
        self._started = 0.0

    def ask(self, question: Question, seconds: float) -> Message:
        """Its answer or error, within so many seconds once it is up.

        ImageUnreadable         it hung on the image, or died of it
        PredictorUnavailable    it has not come up yet, or the parent is told to end
        Internal                it hung or died of something else
        """
        # Where it had ended before it began with the question, it was not this that it died of.
        message = self._ask(question, seconds) or self._ask(question, seconds)
        if message is None:
            raise Internal("the process that answers keeps ending", hint=LOOK_AT_THE_LOG)
        return message

    def end(self) -> None:
        """Leave nothing of it."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process, self._held, self._is_ready = None, b"", False

    def _ask(self, question: Question, seconds: float) -> Message | None:
        """As above; None when it had ended before it could begin."""
        self._wait_until_ready(time.monotonic() + seconds)
        deadline = time.monotonic() + seconds
        assert self._process is not None
        assert self._process.stdin is not None
        doing = None
        try:
            with contextlib.suppress(BrokenPipeError):  # which is seen when it says nothing
                self._process.stdin.write(json.dumps(asdict(question)).encode() + b"\n")
            while "begins" in (message := self._hear(deadline)):
                doing = message["begins"]
            return message
        except (EOFError, TimeoutError) as end:
            self.end()
            if doing is None and isinstance(end, EOFError):
                return None
            raise _failure(doing, end) from end

    def _wait_until_ready(self, deadline: float) -> None:
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._start()
        try:
            while not self._is_ready:
                self._is_ready = "ready" in self._hear(deadline)
        except EOFError as end:
            self.end()
            raise Internal("the process that answers did not start", hint=LOOK_AT_THE_LOG) from end
        except TimeoutError as end:
            # It goes on: the next question finds it ready.
            if time.monotonic() > self._started + START_SECONDS:
                self.end()
            raise PredictorUnavailable("the predictor is still reading its libraries") from end

    def _start(self) -> None:
        words = ["--files", str(self._settings.files.resolve())]
        words += ["--fault", self._settings.armed_fault] if self._settings.armed_fault else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", MODULE, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            start_new_session=True, preexec_fn=partial(die_with, os.getpid()),
            # Light work is done without a GPU: those are for training.
            env=trainer_environment() | {"CUDA_VISIBLE_DEVICES": ""},
        )  # fmt: skip
        self._started = time.monotonic()

    def _hear(self, deadline: float) -> Message:
        """The next thing that it says; EOFError when it has ended, TimeoutError when it is silent."""
        assert self._process is not None
        assert self._process.stdout is not None
        while b"\n" not in self._held:
            if self._is_ending():
                self.end()
                raise PredictorUnavailable("the predictor is being stopped")
            if time.monotonic() > deadline:
                raise TimeoutError
            if select.select([self._process.stdout], [], [], LOOK_SECONDS)[0]:
                chunk = os.read(self._process.stdout.fileno(), 1 << 16)
                if not chunk or len(self._held) > LONGEST_LINE:
                    raise EOFError
                self._held += chunk
        line, _, self._held = self._held.partition(b"\n")
        message: Message = json.loads(line)
        return message


def _failure(doing: str | None, end: Exception) -> ImageUnreadable | Internal:
    how = "took too long" if isinstance(end, TimeoutError) else "ended the process that tried"
    if doing == "image":
        return ImageUnreadable(f"the image can't be read: decoding it {how}")
    return Internal(f"predicting {how}", hint=LOOK_AT_THE_LOG)
