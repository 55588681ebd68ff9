"""The service describes itself, and keeps to it: see also `visiting.visitor`, which checks every answer."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from app.api.documented import JOB
from core.errors import BY_CODE
from core.lifecycle import Action
from core.spec import JobSpec
from core.spec.checks import problems
from tests.app.visiting import PROBLEM, problem, visitor
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


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    if isinstance(value, list):
        for item in value:
            yield from references(item)


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


def sent(reply: httpx2.Response) -> dict[str, Any]:
    """A problem document without the id of the request that it answers."""
    return {name: value for name, value in problem(reply, reply.status_code).items() if name != "request_id"}


def example(document: dict[str, Any], method: str, path: str, status: int) -> dict[str, Any]:
    """The same, as it is shown."""
    content = document["paths"][path][method]["responses"][str(status)]["content"][PROBLEM]
    return {name: value for name, value in content["example"].items() if name != "request_id"}


def test_every_error_has_an_example_of_its_own_status(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for status in map(int, operation["responses"]):
            if status >= 400 and path != "/readyz":
                shown = example(document, method, path, status)
                assert shown["status"] == status, path
                assert shown["code"] in BY_CODE, path
                assert bool(shown.get("errors")) == (status == 422), path


def test_errors_look_as_their_examples_do(
    api: LiveApi, http: httpx2.Client, anyone: httpx2.Client, document: dict[str, Any]
) -> None:
    jobs, job = "/v1/jobs", "/v1/jobs/{job_id}"
    json = {"content-type": "application/json"}

    with visitor(api, api.make_key("read")) as reader:
        for method, path, status, reply in (
            ("post", jobs, 403, reader.post(jobs, json={})),
            ("get", "/v1/keys", 403, reader.get("/v1/keys")),
            ("get", jobs, 401, anyone.get(jobs)),
            ("get", job, 404, http.get(job.format(job_id=JOB))),
            ("post", f"{job}/pause", 404, http.post(f"{job}/pause".format(job_id=JOB))),
            ("post", jobs, 400, http.post(jobs, content="?", headers=json)),
            ("post", jobs, 413, http.post(jobs, content="x" * (1 << 20 | 1), headers=json)),
            ("post", jobs, 415, http.post(jobs, content="a=b")),
            ("post", "/v1/datasets", 415, http.post("/v1/datasets", json={})),
        ):
            assert sent(reply) == example(document, method, path, status)


@pytest.mark.parametrize("kind", ["dataset", "model"])
def test_what_is_not_there_is_called_what_it_is(
    http: httpx2.Client, document: dict[str, Any], kind: str
) -> None:
    made_up = JOB.replace("job", {"dataset": "ds", "model": "model"}[kind])

    reply = http.get(f"/v1/{kind}s/{made_up}")

    assert sent(reply) == example(document, "get", f"/v1/{kind}s/{{{kind}_id}}", 404)


def test_an_unsound_query_or_body_looks_as_its_example_does(
    http: httpx2.Client, document: dict[str, Any]
) -> None:
    for method, path, request in (
        ("get", "/v1/jobs", {"params": {"verbose": "1"}}),
        ("post", "/v1/jobs", {"json": {"colour": "red"}}),
        ("post", "/v1/metrics/query", {"json": {"colour": "red"}}),
        ("post", "/v1/jobs/validate", {"json": []}),
    ):
        (shown,) = example(document, method, path, 422)["errors"]
        found = problem(http.request(method, path, **request), 422)["errors"]  # type: ignore[arg-type]
        assert shown in [{name: error.get(name) for name in shown} for error in found], path


def test_forms_are_told_of_forms(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        if FORM in operation.get("requestBody", {}).get("content", {}):
            for status in ("400", "413", "415"):
                assert "JSON" not in str(operation["responses"][status]), (path, status)


def values(content: dict[str, Any]) -> list[Any]:
    """What is shown of a body or an answer."""
    found = [one["value"] for one in content.get("examples", {}).values()]
    return [*found, content["example"]] if "example" in content else found


def examples(operation: dict[str, Any]) -> list[Any]:
    """The bodies that are shown beside a route; each says what it is for."""
    found = operation["requestBody"]["content"]["application/json"]["examples"].values()
    assert all(example["summary"] for example in found)
    return [example["value"] for example in found]


def test_every_request_has_examples(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["examples"], path
            assert all(one["summary"] for one in content["examples"].values()), path


def test_every_answer_has_an_example(document: dict[str, Any]) -> None:
    """But for what is long and told elsewhere: a report, a schema, and files."""
    without = {
        operation["operationId"]
        for _, _, operation in operations(document)
        for response in operation["responses"].values()
        for content in response.get("content", {}).values()
        if "example" not in content
    }

    assert without == {"get_report", "get_job_schema", "download_artifact", "download_checkpoint"}


def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        found = [*operation["responses"].values(), operation.get("requestBody", {})]
        for content in (one for each in found for one in each.get("content", {}).values()):
            schema = content["schema"] | {"components": document["components"]}
            for shown in values(content):
                assert jsonschema_rs.is_valid(schema, shown), (path, shown)


def test_answers_look_as_their_examples_do(http: httpx2.Client, document: dict[str, Any]) -> None:
    """Also where the schema lets anything through."""

    def shown(method: str, path: str, status: str) -> Any:
        return document["paths"][path][method]["responses"][status]["content"]["application/json"]["example"]

    made_up = shown("post", "/v1/jobs", "201")
    spec = examples(document["paths"]["/v1/jobs"]["post"])[1]
    job = http.post("/v1/jobs", json=spec).json()
    for name in ("name", "spec", "resolved_spec", "origins", "state", "allowed_actions", "warnings"):
        assert job[name] == made_up[name], name
    checked = http.post("/v1/jobs/validate", json=spec).json()
    assert checked["resolved_spec"] == shown("post", "/v1/jobs/validate", "200")["resolved_spec"]
    assert http.get("/v1/catalog").json().keys() == shown("get", "/v1/catalog", "200").keys()
    assert http.get("/healthz").json() == shown("get", "/healthz", "200")
    parts = http.get("/readyz").json()["checks"].keys()
    assert parts == shown("get", "/readyz", "200")["checks"].keys()


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/jobs/validate"])
def test_examples_of_jobs_are_sound(http: httpx2.Client, document: dict[str, Any], path: str) -> None:
    shown = examples(document["paths"][path]["post"])
    assert len(shown) >= 3

    for example in shown:
        assert problems(JobSpec.model_validate(example)) == ()
        assert http.post("/v1/jobs", json=example).status_code == 201
        assert http.post("/v1/jobs/validate", json=example).json()["valid"]


def test_examples_of_what_is_done_to_a_job_are_sound(http: httpx2.Client, document: dict[str, Any]) -> None:
    path = "/v1/jobs/{job_id}"
    job_id = http.post("/v1/jobs", json={"tags": ["a"]}).json()["id"]

    for example in examples(document["paths"][path]["patch"]):
        assert http.patch(f"/v1/jobs/{job_id}", json=example).status_code == 200
    for example in examples(document["paths"][f"{path}/clone"]["post"]):
        assert http.post(f"/v1/jobs/{job_id}/clone", json=example).status_code == 201
