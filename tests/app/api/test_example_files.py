"""Every example that the project comes with can be posted as it is, and is named where people look for it."""

import json
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "examples").glob("*.json"))


def test_there_are_examples() -> None:
    assert {"digits.json", "line.json", "noise.json", "logistic.json", "perceptron.json"} <= {
        file.name for file in FILES
    }


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_an_example_is_sound(file: Path, http: httpx2.Client) -> None:
    reply = http.post("/v1/jobs/validate", json=json.loads(file.read_text()))

    assert (reply.status_code, reply.json()["valid"]) == (200, True), reply.json()


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_the_readme_names_it(file: Path) -> None:
    assert f"examples/{file.name}" in (ROOT / "README.md").read_text()
