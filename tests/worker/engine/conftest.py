"""Shapes are checked while the engine is tested: every annotated tensor, in every call."""

from typing import Any

import pytest
from jaxtyping import install_import_hook

install_import_hook("worker.engine", "beartype.beartype")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One whole run, for all tests that look at what it left."""
    from tests.worker.engine.builders import Run  # after the hook: it imports the engine

    return Run(tmp_path_factory.mktemp("run"))
