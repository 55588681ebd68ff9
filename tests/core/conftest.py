"""A file store, and a file to put into it."""

from pathlib import Path

import pytest

from core.files import FileStore
from tests.core.aging import CONTENT


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path
