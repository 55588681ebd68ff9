"""The warm process from outside: it stays, and what kills it or hangs it costs one question."""

import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from core.errors import ImageUnreadable, Internal, PredictorUnavailable
from core.files import FileStore
from core.settings import Settings
from tests.polling import eventually
from tests.worker.predicting.builders import Taught, a_question, taught
from worker.predicting_process import Message, PredictingProcess

# To load torch on a busy machine.
PATIENT = 120.0


@pytest.fixture(scope="module")
def pair() -> Taught:
    return taught()


@contextmanager
def asking(
    settings: Settings, pair: Taught, is_ending: Callable[[], bool] = lambda: False
) -> Iterator["Asking"]:
    process = PredictingProcess(settings, is_ending)
    files = FileStore(settings.files)
    try:
        yield Asking(process, files, pair.store(files))
    finally:
        process.end()


class Asking:
    def __init__(self, process: PredictingProcess, files: FileStore, digests: dict[str, str]) -> None:
        self.process = process
        self._files = files
        self._digests = digests

    def ask(self, image: bytes, seconds: float = PATIENT) -> Message:
        with a_question(self._files, self._digests, image) as question:
            return self.process.ask(question, seconds)

    @property
    def pid(self) -> int:
        assert self.process._process is not None
        return self.process._process.pid


def armed(settings: Settings, fault: str) -> Settings:
    return settings.model_copy(update={"fault": fault})


def test_it_stays_warm_tells_what_it_refuses_and_holds_no_secret(
    settings: Settings, pair: Taught, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_KEY", "dk_secret")
    with asking(settings, pair) as asked:
        first = asked.ask(pair.png(0))
        pid = asked.pid
        refused = asked.ask(b"no image")
        again = asked.ask(pair.png(0))

        assert first["answer"]["student"]["top"] == again["answer"]["student"]["top"]
        assert refused["error"]["code"] == "image_unreadable"
        assert asked.pid == pid
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"dk_secret" not in environment
        assert b"DISTILLERY" not in environment


def test_a_large_image_is_refused_before_it_takes_memory(settings: Settings, pair: Taught) -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    with asking(settings, pair) as asked:
        refused = asked.ask(bomb.getvalue())

    assert "more than 67,108,864 pixels" in refused["error"]["detail"]


@pytest.mark.parametrize(
    ("fault", "seconds", "error", "why"),
    [
        ("predicting.image:3:sleep", 3.0, ImageUnreadable, "took too long"),
        ("predicting.image:3:kill", PATIENT, ImageUnreadable, "ended the process"),
        ("predicting.answer:3:kill", PATIENT, Internal, "ended the process"),
    ],
)
def test_what_ends_it_costs_one_question(
    settings: Settings, pair: Taught, fault: str, seconds: float, error: type[Exception], why: str
) -> None:
    with asking(armed(settings, fault), pair) as asked:
        asked.ask(pair.png(0))
        first = asked.pid

        with pytest.raises(error, match=why):
            asked.ask(pair.png(1), seconds)

        assert not Path(f"/proc/{first}").exists()
        assert "answer" in asked.ask(pair.png(1))


def test_one_that_is_killed_between_questions_is_started_anew(settings: Settings, pair: Taught) -> None:
    with asking(settings, pair) as asked:
        asked.ask(pair.png(0))
        first = asked.pid
        os.kill(first, signal.SIGKILL)
        eventually(lambda: Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()[0] == "Z")

        assert "answer" in asked.ask(pair.png(0))
        assert asked.pid != first


def test_one_that_comes_up_slowly_is_not_given_up(settings: Settings, pair: Taught) -> None:
    with asking(settings, pair) as asked:
        with pytest.raises(PredictorUnavailable, match="still reading"):
            asked.ask(pair.png(0), seconds=0.01)
        pid = asked.pid

        assert "answer" in asked.ask(pair.png(0))
        assert asked.pid == pid


def test_who_is_told_to_end_waits_for_nothing(settings: Settings, pair: Taught) -> None:
    with asking(settings, pair, is_ending=lambda: True) as asked, pytest.raises(PredictorUnavailable):
        asked.ask(pair.png(0))
