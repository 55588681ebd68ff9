"""The broker of a local service, a real one: whatever befalls it or its folder, it comes back by itself."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from app.local import broker, own_broker
from app.local.own_broker import OwnBroker
from tests.app.local.damage import damage
from tests.polling import eventually

# Never answers as long as the file lies in its folder.
HARMED = """
import os, sys, time
folder, *command = sys.argv[1:]
if os.path.exists(folder + "/hangs"):
    time.sleep(1000)
os.execv(command[0], command)
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_broker, "REST_SECONDS", 0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "broker"


@contextmanager
def owned(folder: Path, command: list[str] | None = None) -> Iterator[OwnBroker]:
    """The broker of this folder, not yet started."""
    home = folder.parent
    listen = home / "socket"
    command = command or broker.command(listen, folder)
    child = OwnBroker("broker", command, home / "log", dict(os.environ), listen=listen, folder=folder)
    try:
        yield child
    finally:
        child.stop()


@pytest.fixture
def running(folder: Path) -> Iterator[OwnBroker]:
    with owned(folder) as child:
        child.come_up()
        yield child


def is_back(child: OwnBroker) -> bool:
    assert child.revive()
    return broker.answers(child.listen)


def test_one_that_does_not_start_with_its_file_starts_without(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with owned(folder) as child:
        child.come_up()
    damage(folder)
    aside = folder.with_name("broker.damaged")
    aside.mkdir()
    (aside / "older").touch()

    with owned(folder) as child:
        child.come_up()

        assert broker.answers(child.listen)
    assert [path.name for path in aside.iterdir()] == ["appendonlydir"]
    assert str(aside) in capsys.readouterr().err


def test_one_that_ends_and_finds_its_file_damaged_starts_without(folder: Path, running: OwnBroker) -> None:
    damage(folder)
    os.kill(running.pid or 0, signal.SIGKILL)

    eventually(lambda: not running.is_running())
    eventually(lambda: is_back(running))

    assert folder.with_name("broker.damaged").exists()


def test_one_that_is_killed_after_a_while_keeps_what_it_held(
    folder: Path, running: OwnBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_broker, "SOON_SECONDS", 0.0)
    assert is_back(running)
    with redis.Redis(unix_socket_path=str(running.listen)) as connection:
        connection.set("held", "yes")
    os.kill(running.pid or 0, signal.SIGKILL)

    eventually(lambda: not running.is_running())
    eventually(lambda: is_back(running))

    with redis.Redis(unix_socket_path=str(running.listen)) as connection:
        assert connection.get("held") == b"yes"
    assert not folder.with_name("broker.damaged").exists()


def test_one_that_hangs_is_started_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "STARTS_WITHIN_SECONDS", 1.0)
    listen = folder.parent / "socket"
    command = [sys.executable, "-c", HARMED, str(folder), *broker.command(listen, folder)]
    folder.mkdir()
    (folder / "hangs").touch()

    with owned(folder, command) as child:
        child.start()
        eventually(lambda: is_back(child))

    assert (folder.with_name("broker.damaged") / "hangs").exists()


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/valkey-server"])
def test_one_that_keeps_ending_is_tried_again_and_again_and_that_is_said_once(
    running: OwnBroker, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sound, running.command = running.command, [program]
    os.kill(running.pid or 0, signal.SIGKILL)

    def lives() -> int:
        assert running.revive()
        return running.short_lives

    eventually(lambda: lives() > own_broker.KEEPS_ENDING + 4)
    said = capsys.readouterr().err
    running.command = sound
    eventually(lambda: is_back(running))

    assert said.count("keeps ending") == 1
    assert str(running.log) in said


@pytest.mark.parametrize("program", [["/bin/false"], ["/bin/sleep", "1000"]])
def test_one_that_never_comes_up_says_where_its_log_is(
    folder: Path, program: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "STARTS_WITHIN_SECONDS", 0.5)

    with owned(folder, program) as child, pytest.raises(broker.NoBroker) as refused:
        child.come_up()

    assert refused.value.advice == f"Its log: {child.log}"
    assert not child.is_running()
