"""`make demo`, as a person types it."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.local_service import commands, end_all, environment
from tests.polling import eventually

pytestmark = pytest.mark.slow

DEMO = [sys.executable, "-m", "examples.demo"]


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        DEMO, env=environment(folder / "home", DEMO_FOLDER=str(folder)), text=True, bufsize=1,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Of a demo that a test gave up nothing stays behind, nor of its service, nor of one beside it."""
    demo = start(folder)
    try:
        yield demo
    finally:
        demo.kill()
        end_all(folder / "home")
        demo.wait()


@pytest.mark.timeout(900)
def test_the_demo_distils_a_good_student_and_stops_what_it_started(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    with started(folder) as demo:
        said, _ = demo.communicate(timeout=800)

        assert demo.returncode == 0, said
        assert commands(folder / "home") == {}
    accuracy = re.search(r"^student +([\d.]+)%", said, re.MULTILINE)
    again = re.search(r"measured again by torchvision alone: ([\d.]+)%", said)
    assert accuracy is not None
    assert again is not None
    assert float(accuracy[1]) >= 97
    assert again[1] == accuracy[1]
    assert (folder / "student.safetensors").stat().st_size > 1_000_000


@pytest.mark.timeout(300)
@pytest.mark.parametrize("moment", ["starting the service", "up at", "distil"])
def test_ctrl_c_at_any_moment_leaves_nothing_running(tmp_path: Path, moment: str) -> None:
    folder = tmp_path / "demo"
    with started(folder) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if moment in line:
                break

        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=60)

        assert demo.returncode == 130
        eventually(lambda: commands(folder / "home") == {}, 10)


@pytest.mark.timeout(300)
def test_a_second_demo_beside_it_does_the_first_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with started(folder) as first:
        assert first.stdout is not None
        first.stdout.readline()

        second = start(folder)
        said, _ = second.communicate(timeout=60)

        assert second.returncode == 1
        assert "already" in said
        assert first.poll() is None
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
        assert first.returncode == 130
