"""What tests of the API, the client and the command share: a real service."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_api import LiveApi, live_api


@pytest.fixture
def api(tmp_path: Path) -> Iterator[LiveApi]:
    """A service of this test's own."""
    with live_api(tmp_path / "home") as running:
        yield running
