"""`distillery up` with real processes: what befalls its broker, its terminal and its clean-up."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import httpx2
import pytest

from app.local import broker
from app.local.child import TO_END
from tests.app.local.damage import damage
from tests.local_service import LocalService, commands, environment, launch, local_service
from tests.polling import eventually

# A shell is a terminal's first process, and gets the signal when it is closed; here it is the command.
ON_ITS_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from app.cli.main import main
sys.exit(main(["up", "--port", "0"]))
"""


def broker_of(service: LocalService) -> int:
    found = commands(service.settings.home).items()
    return next(pid for pid, line in found if "unixsocket:" in line)


def hear(service: LocalService, words: str) -> None:
    """Wait until the launcher says so."""
    assert service.launcher.stdout is not None
    assert any(words in line for line in service.launcher.stdout)


def left(home: Path) -> list[str]:
    """What a service that has ended must not leave behind."""
    names = {path.name for path in home.iterdir()} & {"url", "url.new", "work"}
    return sorted(names) + [path.name for path in home.parent.glob("distillery-*")]


@pytest.mark.slow
def test_a_damaged_file_of_the_broker_takes_the_service_down_at_no_time(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with local_service(home) as service:
        damage(home / "broker")
        os.kill(broker_of(service), signal.SIGKILL)
        hear(service, "broker.damaged")
        service.wait_for(service.submit(name="plain", dataset="digits"), "succeeded", seconds=90)
    damage(home / "broker")

    with local_service(home) as service:
        hear(service, "broker.damaged")
        service.wait_for(service.submit(name="plain", dataset="digits"), "succeeded", seconds=90)


@pytest.mark.slow
def test_a_broker_that_keeps_ending_leaves_the_rest_running(tmp_path: Path) -> None:
    home, broken = tmp_path / "home", tmp_path / "broken"
    with local_service(home, PATH=f"{a_broker_that_ends(tmp_path, broken)}:{os.environ['PATH']}") as service:
        parts = {pid for pid, line in commands(home).items() if "-m " in line}
        broken.touch()
        os.kill(broker_of(service), signal.SIGKILL)
        hear(service, "keeps ending")

        job_id = service.submit(name="plain", dataset="digits")
        broken.unlink()
        service.wait_for(job_id, "succeeded", seconds=120)
        assert parts <= set(commands(home))

        broken.touch()
        os.kill(broker_of(service), signal.SIGKILL)
        assert service.stop(signal.SIGTERM) == 0
    assert commands(home) == {}


def a_broker_that_ends(folder: Path, broken: Path) -> Path:
    """A folder for PATH: its valkey-server is the real one, unless the file exists."""
    found = folder / "bin"
    found.mkdir()
    program = found / "valkey-server"
    program.write_text(f'#!/bin/sh\n[ -e "{broken}" ] && exit 1\nexec "{broker.binary()}" "$@"\n')
    program.chmod(0o755)
    return found


def test_folders_of_killed_workers_are_gone_after_the_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with local_service(home) as service:
        service.wait_for(service.submit(name="plain", dataset="digits"), "running")
        eventually(lambda: list(service.settings.work.glob("*/*/*")))
        worker = next(pid for pid, line in commands(home).items() if "-m worker.main" in line)
        os.killpg(worker, signal.SIGKILL)
        eventually(lambda: not any("stand_in_trainer" in line for line in commands(home).values()))
        assert list(service.settings.work.glob("*/*"))

        assert service.stop() == 0

    assert left(home) == []


def test_a_closed_terminal_ends_it_like_any_other_wish(tmp_path: Path) -> None:
    home = tmp_path / "home"
    near, far = pty.openpty()
    with up(home, [sys.executable, "-c", ON_ITS_TERMINAL], far) as launcher:
        os.close(far)

        os.close(near)

        assert launcher.wait(60) == 0
    assert commands(home) == {}
    assert left(home) == []


def test_what_nohup_started_outlives_its_terminal(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = ["nohup", sys.executable, "-m", "app.cli.main", "up", "--port", "0"]
    with up(home, command, subprocess.DEVNULL) as launcher:
        launcher.send_signal(signal.SIGHUP)
        url = (home / "url").read_text().strip()
        assert httpx2.get(f"{url}/healthz").status_code == 200
        launcher.send_signal(signal.SIGTERM)

        assert launcher.wait(60) == 0


@contextmanager
def up(home: Path, command: list[str], stream: int) -> Iterator[subprocess.Popen[bytes]]:
    """Once the service is up, with this as its input and output."""
    launcher = subprocess.Popen(
        command, stdin=stream, stdout=stream, stderr=stream, env=environment(home), start_new_session=True
    )
    try:
        eventually((home / "url").exists, 60)
        yield launcher
    finally:
        launcher.kill()
        launcher.wait()


@pytest.mark.parametrize("moment", ["unixsocket:", "-m app.serve"])
def test_signals_that_keep_coming_break_off_no_clean_up(tmp_path: Path, moment: str) -> None:
    home = tmp_path / "home"
    starting = launch(home, {})
    eventually(lambda: any(moment in line for line in commands(home).values()), 60)

    for each in cycle(TO_END):
        starting.send_signal(each)
        try:
            starting.communicate(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        break

    # Not its exit status: one that comes after the clean-up ends the interpreter as it pleases.
    assert commands(home) == {}
    assert left(home) == []
