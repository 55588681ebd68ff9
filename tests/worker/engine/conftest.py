"""What takes seconds to make, once for all tests that look at it."""

from typing import Any

import pytest


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One whole run, for all tests that look at what it left."""
    from tests.worker.engine.builders import Run  # after the hook: it imports the engine

    return Run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def shelf() -> Any:
    """The small student in every format: an export takes seconds, however small the network."""
    from tests.worker.engine.exporting import Shelf

    return Shelf(["onnx", {"kind": "onnx_int8", "calibration_images": 16}, "torch_export"])
