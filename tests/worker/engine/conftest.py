"""One small run of the engine, for all tests that look at what it left."""

from typing import Any

import pytest


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One whole run, for all tests that look at what it left."""
    from tests.worker.engine.builders import Run  # after the hook: it imports the engine

    return Run(tmp_path_factory.mktemp("run"))
