"""A process that the launcher keeps running, for as long as that makes sense."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.local import child
from app.local.child import MOST_DEATHS, Child
from tests.polling import eventually


@pytest.fixture
def sleeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    monkeypatch.setattr(child, "REST_SECONDS", 0.0)
    command = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
    kept = Child("sleeper", command, tmp_path / "log", dict(os.environ))
    kept.start()
    yield kept
    kept.stop()


def die(sleeper: Child) -> None:
    assert sleeper.pid is not None
    os.kill(sleeper.pid, signal.SIGKILL)
    eventually(lambda: not sleeper.is_running())


def test_one_that_never_lives_long_is_given_up(sleeper: Child) -> None:
    for _ in range(MOST_DEATHS):
        die(sleeper)
        assert sleeper.revive()

    die(sleeper)

    assert not sleeper.revive()


def test_one_that_can_do_its_work_is_started_again_however_often_it_is_killed(
    sleeper: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "EARLY_SECONDS", 0.0)

    for _ in range(3 * MOST_DEATHS):
        die(sleeper)
        assert sleeper.revive()
