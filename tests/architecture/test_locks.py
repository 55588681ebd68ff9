"""The locks of the images are cuts of the one that everything is tested with."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / name).read_text()))


@pytest.mark.parametrize("image", ["service", "worker"])
def test_an_image_installs_what_was_tested(image):
    assert pins(f"requirements/{image}.lock").items() <= pins("requirements.lock").items()


def test_only_the_worker_has_torch_and_neither_has_pytest():
    service, worker = pins("requirements/service.lock"), pins("requirements/worker.lock")

    assert service.keys() < worker.keys()
    assert {"torch", "torchvision", "scikit-learn"} <= worker.keys() - service.keys()
    assert not {"pytest", "mypy", "uv"} & worker.keys()


def test_no_lock_names_a_host():
    for lock in ("requirements.lock", "requirements/service.lock", "requirements/worker.lock"):
        assert "://" not in (ROOT / lock).read_text()
