"""The service keeps to its own description, whatever is sent: schemathesis makes sound and unsound requests
to every operation, the same ones in each run. No answer is a 5xx, or one that the document does not describe.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.contract.furnished import described, furnish
from tests.app.visiting import visitor
from tests.conftest import ENGINES
from tests.live_api import LiveApi, live_api

HERE = Path(__file__).parent
# Whether each value of each field is let in or not is decided before any database is asked.
PHASES = {"sqlite": "examples,coverage,fuzzing,stateful", "postgresql": "examples,fuzzing,stateful"}


@pytest.fixture(params=ENGINES)
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveApi]:
    """A service of this test's own: what it is asked for leaves much behind."""
    home = tmp_path / "home"
    if request.param == "sqlite":
        with live_api(home, rate_per_second=0) as running:
            yield running
    else:
        server = request.getfixturevalue("postgresql")
        with server.database() as url, live_api(home, url, rate_per_second=0) as running:
            yield running


@pytest.mark.timeout(900)
def test_every_answer_is_one_that_is_described(api: LiveApi, tmp_path: Path) -> None:
    with visitor(api, api.key) as http:
        document = described(http.get("/openapi.json").json(), *furnish(api, http, tmp_path))

    run = judged(api, document, tmp_path, PHASES[api.database.engine.dialect.name])

    assert run.returncode == 0, run.stdout + run.stderr


def judged(
    api: LiveApi, document: dict[str, Any], folder: Path, phases: str
) -> subprocess.CompletedProcess[str]:
    """What schemathesis says of the service, and what to repeat where it found something."""
    path = folder / "openapi.json"
    path.write_text(json.dumps(document))
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"),
        "run", str(path), "--url", api.url, "--header", f"Authorization: Bearer {api.key}",
        "--phases", phases, "--no-color",
    ]  # fmt: skip
    environment = os.environ | {"SCHEMATHESIS_HOOKS": str(HERE / "hooks.py")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
