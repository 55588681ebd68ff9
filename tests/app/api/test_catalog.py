"""What can be asked for, and the schema of it."""

from typing import Any

import httpx2
import pytest

from core.spec import JobSpec
from core.spec.catalog import SECTIONS
from tests.app.visiting import problem, submit
from tests.live_api import LiveApi


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """None of this depends on the database."""
    return one_api


def test_the_catalog_has_every_section(http: httpx2.Client) -> None:
    found = http.get("/v1/catalog").json()

    assert set(found) == set(SECTIONS)
    assert all(found.values())


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_a_section_can_be_had_alone(http: httpx2.Client, name: str) -> None:
    assert http.get(f"/v1/catalog/{name}").json() == http.get("/v1/catalog").json()[name]


def test_a_section_that_is_none_is_not_found(http: httpx2.Client) -> None:
    problem(http.get("/v1/catalog/everything"), 404)


def test_everything_in_the_catalog_can_be_asked_for(http: httpx2.Client) -> None:
    found = http.get("/v1/catalog").json()

    for term in found["methods"]:
        shown = {parameter["name"]: parameter["default"] for parameter in term["parameters"]}
        submit(http, method={"terms": [{"kind": term["kind"], **shown}]})
    for export in found["exports"]:
        shown = {parameter["name"]: parameter["default"] for parameter in export["parameters"]}
        submit(http, exports=[{"kind": export["kind"], **shown}])
    for architecture in found["architectures"]:
        task = (
            {"task": "tabular-classification", "dataset": "breast_cancer"}
            if architecture["sees"] == "rows"
            else {}
        )
        submit(http, student=architecture["name"], teacher=architecture["name"], **task)
    for dataset in found["datasets"]:
        submit(http, dataset=dataset["name"], **(of_rows(dataset["classes"]) if "rows" in dataset else {}))


def of_rows(classes: int | None) -> dict[str, Any]:
    """What else a job on a table says."""
    task = "tabular-classification" if classes else "tabular-regression"
    return {
        "task": task, "student": "linear", "teacher": "mlp", "method": "logit_mse",
        "optimization": {"batch_size": 32},
    }  # fmt: skip


def test_the_schema_is_that_of_the_spec(http: httpx2.Client) -> None:
    assert http.get("/v1/schemas/job").json() == JobSpec.model_json_schema()
