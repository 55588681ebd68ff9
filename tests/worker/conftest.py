"""A real broker, and a place for attempts to work in."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.local import broker
from core.settings import Settings
from tests.worker.supervising import bench, files, place


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a home of this test's own, with the stand-in for the trainer."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    settings = Settings(home=tmp_path / "home", trainer="tests.stand_in_trainer", lease_seconds=0.5)
    settings.runtime.mkdir(parents=True)
    settings.home.mkdir()
    return settings


@pytest.fixture
def running_broker(settings: Settings, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(broker.command(settings.broker_socket, tmp_path), stdout=subprocess.DEVNULL)
    broker.wait_until_up(settings.broker_socket)
    yield process
    process.kill()
    process.wait()


__all__ = ["bench", "files", "place"]
