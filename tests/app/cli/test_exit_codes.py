"""What a script can rely on: each exit code, from a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.client import Distillery, Job
from tests.app.cli.conftest import PROGRAM
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi

Work = Callable[[], WorkerByHand]
Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def script(api: LiveApi, tmp_path: Path) -> Script:
    """Runs the command as a script would."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        known = os.environ | {"DISTILLERY_HOME": str(api.settings.home), "PYTHONPATH": os.getcwd()}
        return subprocess.run(
            [*PROGRAM, *arguments], env=known | environment, cwd=tmp_path, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    return run


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ["ls"]),
        (0, ["watch"]),
        (1, ["pull", "--to", "/proc/nowhere/"]),
        (2, ["ls", "--limit", "many"]),
        (6, ["show", "nothing"]),
        (7, ["cancel", "@last"]),
        (10, ["run", "--set", "student.width=9"]),
    ],
)
def test_a_command_ends_with_its_code(script: Script, code: int, arguments: list[str]) -> None:
    ended = script(*arguments)

    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_failed_job_is_3(script: Script, service: Distillery, work: Work) -> None:
    service.jobs.create()
    work().fail()

    assert script("watch").returncode == 3


def test_a_key_that_does_not_count_is_4(script: Script) -> None:
    ended = script("ls", DISTILLERY_KEY="dk_nobody_nothing")

    assert ended.returncode == 4
    assert "DISTILLERY_KEY" in ended.stderr


def test_a_cancelled_job_is_5(script: Script, service: Distillery) -> None:
    service.jobs.create().cancel()

    assert script("watch").returncode == 5


def test_a_wait_that_is_over_is_8(script: Script, service: Distillery) -> None:
    service.jobs.create()

    assert script("watch", "--timeout", "0.2").returncode == 8


def test_a_service_that_is_not_there_is_9(script: Script) -> None:
    ended = script("ls", DISTILLERY_URL="http://127.0.0.1:1")

    assert ended.returncode == 9
    assert "distillery up" in ended.stderr


def test_a_damaged_download_is_11(script: Script, trained: Job, api: LiveApi) -> None:
    for found in trained.artifacts():
        api.files.path(found.sha256).write_bytes(b"x" * found.bytes)

    assert script("pull").returncode == 11


@pytest.mark.parametrize("arguments", [["up"], ["ls"]])
def test_an_environment_that_can_not_be_is_2(script: Script, arguments: list[str]) -> None:
    ended = script(*arguments, DISTILLERY_LEASE_SECONDS="soon", DISTILLERY_STALL_SECONDS="-1")

    assert ended.returncode == 2
    lines = ended.stderr.splitlines()
    assert len(lines) == 2
    assert "DISTILLERY_STALL_SECONDS=-1: Input should be greater than 0" in lines[0]
    assert lines[1].startswith("DISTILLERY_LEASE_SECONDS=soon: Input should be a valid number")


@pytest.mark.parametrize("module", ["app.serve", "app.local.prepare"])
def test_a_part_of_the_service_says_the_same(module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", module], env=os.environ | {"DISTILLERY_DRAIN_SECONDS": "long"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert ended.returncode == 2
    assert ended.stderr.startswith("DISTILLERY_DRAIN_SECONDS=long: Input should be a valid number")
    assert ended.stderr.count("\n") == 1
