"""The service describes itself, and keeps to it: see also `visiting.visitor`, which checks every answer."""

import re
from typing import Any

import httpx2
import pytest

from core.lifecycle import Action
from tests.app.api.describing import operations, references
from tests.app.visiting import PROBLEM, problem
from tests.live_api import LiveApi

# Not in the path, but in the query or the body.
NAMES_JOBS = {"/v1/compare", "/v1/metrics/query"}
OPEN = {"/healthz", "/readyz"}
FORM = "multipart/form-data"
# What an action may be refused with.
POSSIBLE = (400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500, 503, 507)


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """None of this depends on the database."""
    return one_api


@pytest.fixture
def document(anyone: httpx2.Client) -> dict[str, Any]:
    found: dict[str, Any] = anyone.get("/openapi.json").json()
    return found


def test_it_is_openapi_3_1_and_whole(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Distillery"
    assert set(references(document)) == known  # nothing dangles, and nothing is left over


def test_every_operation_has_a_meaning_and_a_name_of_its_own(document: dict[str, Any]) -> None:
    found = list(operations(document))

    assert all(operation["description"] for _, _, operation in found)
    assert all(" " in operation["summary"] for _, _, operation in found)
    names = [operation["operationId"] for _, _, operation in found]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+(_[a-z]+)+", name) for name in names)
    assert {"submit_job", "get_job", "cancel_job", "download_checkpoint"} <= set(names)


def test_every_answer_has_a_shape(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        answers = {status: r for status, r in operation["responses"].items() if int(status) < 300}
        assert answers
        assert "content" not in answers.pop("204", {}), path
        for answer in answers.values():
            for media_type, content in answer["content"].items():
                assert set(content["schema"]) - {"title"}, (path, media_type)


def test_headers_are_described_where_they_are_sent(http: httpx2.Client, document: dict[str, Any]) -> None:
    described = {
        (path, status): set(response["headers"])
        for _, path, operation in operations(document)
        for status, response in operation["responses"].items()
    }
    assert all("X-Request-Id" in names for names in described.values())
    created = http.post("/v1/jobs", json={}).headers
    assert all(name in created for name in ("Location", "ETag"))
    assert {"Location", "ETag"} <= described["/v1/jobs", "201"]
    assert "Link" in described["/v1/jobs", "200"]
    assert "Retry-After" in described["/v1/jobs/{job_id}", "503"]
    assert {"ETag", "Repr-Digest", "Content-Range"} <= described["/v1/jobs/{job_id}/checkpoint", "206"]


def test_what_is_checked_is_described_like_what_is_submitted(document: dict[str, Any]) -> None:
    submit, check = (
        document["paths"][path]["post"]["requestBody"] for path in ("/v1/jobs", "/v1/jobs/validate")
    )

    assert submit["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/JobSpec"}
    assert submit == check


def test_every_operation_documents_its_errors(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        statuses = set(operation["responses"])
        assert {"422", "500"} <= statuses, path  # an unknown query parameter, and a defect of ours
        if path in OPEN:
            continue
        assert {"401", "403", "503"} <= statuses, path
        assert ("404" in statuses) == ("{" in path or path in NAMES_JOBS), path
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= statuses, path
        assert operation["security"], (method, path)


@pytest.mark.parametrize("action", Action)
def test_every_action_says_what_may_come_of_it(document: dict[str, Any], action: Action) -> None:
    operation = document["paths"][f"/v1/jobs/{{job_id}}/{action}"]["post"]

    assert operation["responses"].keys() == set(map(str, (200, 202, *POSSIBLE)))
    for status in ("200", "202"):
        shown = operation["responses"][status]["content"]["application/json"]["schema"]
        assert shown == {"$ref": "#/components/schemas/JobView"}
    assert "requestBody" not in operation


def test_what_can_be_repeated_says_how(document: dict[str, Any]) -> None:
    with_key = {
        path
        for method, path, operation in operations(document)
        if "idempotency-key" in {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    }

    makes_or_acts = {
        path
        for method, path, operation in operations(document)
        if method == "post" and {"201", "202"} & operation["responses"].keys()
    }
    assert with_key == makes_or_acts
    assert {"/v1/jobs", "/v1/jobs/{job_id}/clone", "/v1/jobs/{job_id}/cancel", "/v1/keys"} <= with_key


def test_every_error_is_a_problem_document(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400 and path != "/readyz":
                assert set(response["content"]) == {PROBLEM}, (path, status)
                assert response["content"][PROBLEM]["schema"]["$ref"].endswith("/Problem")


def test_the_shape_of_a_problem_is_as_documented(http: httpx2.Client, document: dict[str, Any]) -> None:
    shape = document["components"]["schemas"]["Problem"]
    found = [
        problem(http.post("/v1/jobs", json={"sed": 1}), 422),
        problem(http.get("/v1/jobs/job_1"), 404),
        problem(http.get("/v1/nothing"), 404),
    ]

    for sent in found:
        assert set(shape["required"]) <= set(sent) <= set(shape["properties"])
