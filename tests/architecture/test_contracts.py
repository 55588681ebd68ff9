"""Who may know whom: the contracts of import-linter, and what really gets loaded."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HEAVY = {"torch", "torchvision", "numpy", "sklearn", "safetensors"}
SERVER = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "celery", "kombu", "redis"}
BUILD_THE_API = "from app.main import create_app; create_app()"


@cache
def loaded_by(program: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after running the program."""
    script = f"{program}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False,
        env={"DISTILLERY_HOME": "/nowhere", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "program",
    [
        BUILD_THE_API, "import app.serve", "import app.client", "import app.cli.main",
        "import app.local.stack", "import worker.main", "import worker.light", "import worker.predictor",
        "import worker.dispatcher", "import worker.tasks", "import worker.supervisor",
        "import core.store.migrate",
    ],
)  # fmt: skip
def test_torch_is_loaded_in_the_trainer_only(program: str) -> None:
    assert loaded_by(program) & HEAVY == set()


@pytest.mark.parametrize("program", ["import app.client", "import app.cli.main"])
def test_the_client_and_the_command_load_no_server(program: str) -> None:
    assert loaded_by(program) & SERVER == set()


def test_the_api_and_the_dispatcher_do_without_each_others_tools() -> None:
    assert loaded_by(BUILD_THE_API) & {"celery", "kombu"} == set()
    assert loaded_by("import worker.dispatcher") & {"fastapi", "starlette", "uvicorn"} == set()


def test_a_loaded_module_would_be_noticed() -> None:
    assert loaded_by("import numpy") & HEAVY == {"numpy"}
