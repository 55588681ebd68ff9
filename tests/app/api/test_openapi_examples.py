"""Every request and every answer is shown by an example, which is what is really sent."""

from typing import Any

import httpx2
import jsonschema_rs
import pytest

import app.examples
from app.api.documented import JOB
from app.schemas.previews import PreviewView
from core.errors import BY_CODE
from core.spec import JobSpec
from core.spec.checks import problems
from tests.app.api.describing import operations
from tests.app.visiting import PROBLEM, problem, visitor
from tests.live_api import LiveApi

# Not in the path, but in the query or the body.
NAMES_JOBS = {"/v1/compare", "/v1/metrics/query"}
OPEN = {"/healthz", "/readyz"}
# Whoever resumes one is told which header is wrong.
STREAMS = {"/v1/events", "/v1/jobs/{job_id}/events"}
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
                names_places = status == 422 or (status == 400 and path in STREAMS)
                assert bool(shown.get("errors")) == names_places, path


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
    job = {"job_id": http.post("/v1/jobs", json={}).json()["id"]}

    for method, path, request in (
        ("get", "/v1/jobs", {"params": {"verbose": "1"}}),
        ("get", "/v1/jobs/{job_id}", {"params": {"verbose": "1"}}),
        ("get", "/v1/jobs/{job_id}/events", {"params": {"verbose": "1"}}),
        ("get", "/v1/jobs/{job_id}/metrics/series", {"params": {"verbose": "1"}}),
        ("get", "/v1/datasets", {"params": {"verbose": "1"}}),
        ("get", "/v1/queue", {"params": {"verbose": "1"}}),
        ("post", "/v1/jobs", {"json": {"colour": "red"}}),
        ("patch", "/v1/jobs/{job_id}", {"json": {"colour": "red"}}),
        ("post", "/v1/jobs/{job_id}/pause", {"json": {"colour": "red"}}),
        ("post", "/v1/jobs/{job_id}/clone", {"json": {"colour": "red"}}),
        ("post", "/v1/metrics/query", {"json": {"colour": "red"}}),
        ("post", "/v1/jobs/validate", {"json": []}),
        ("post", "/v1/datasets", {"files": {"name": (None, "pets")}}),
        ("post", "/v1/models", {"files": {"name": (None, "pets")}}),
        ("post", "/v1/jobs/{job_id}/predict", {"files": {"top_k": (None, "3")}}),
    ):
        (shown,) = example(document, method, path, 422)["errors"]
        reply = http.request(method, path.format(**job), **request)  # type: ignore[arg-type]
        found = problem(reply, 422)["errors"]
        assert shown in [{name: error.get(name) for name in shown} for error in found], path
        assert shown["code"] != "unknown_field" or "allowed" in shown, path


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


def test_examples_of_requests_are_shown_as_they_were_written(document: dict[str, Any]) -> None:
    """With each null: to take all tags away is not to say nothing."""
    written = [each for each in vars(app.examples).values() if isinstance(each, dict)]

    for _, path, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["examples"] in written, path
    edits = document["paths"]["/v1/jobs/{job_id}"]["patch"]["requestBody"]["content"].values()
    assert [each["examples"]["no tags"]["value"] for each in edits] == [{"tags": None}] * 2


def test_every_answer_has_an_example(document: dict[str, Any]) -> None:
    """But for files."""
    without = {
        operation["operationId"]
        for _, _, operation in operations(document)
        for response in operation["responses"].values()
        for content in response.get("content", {}).values()
        if "example" not in content
    }

    assert without == {"download_artifact", "download_checkpoint"}


def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        found = [*operation["responses"].values(), operation.get("requestBody", {})]
        for content in (one for each in found for one in each.get("content", {}).values()):
            schema = content["schema"] | {"components": document["components"]}
            for shown in values(content):
                assert jsonschema_rs.is_valid(schema, shown), (path, shown)


def test_a_look_into_a_data_set_is_described_field_by_field(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    shown = document["paths"]["/v1/datasets/{dataset_id}/preview"]["get"]["responses"]["200"]
    seen = shown["content"]["application/json"]["example"]["preview"]

    for kind in ("ImagesPreview", "TablePreview"):
        assert {"$ref": f"#/components/schemas/{kind}"} in schemas["PreviewView"]["properties"]["preview"][
            "anyOf"
        ]
        assert {"digest", "bytes", "error"} <= schemas[kind]["properties"].keys()
    assert {"sizes", "corrupt", "duplicates", "thumbnails"} <= seen.keys()


@pytest.mark.parametrize(
    "found", [{"image_size": 32}, {"format": 1, "kind": "table", "file": {"type": "csv"}}]
)
def test_what_another_release_has_found_out_is_left_out(found: dict[str, Any]) -> None:
    source = {"bytes": {"source": 7}}

    seen = PreviewView.model_validate({"id": "x", "state": "ready", "preview": {**found, **source, "new": 1}})

    assert seen.model_dump(exclude_unset=True)["preview"] == {**found, **source}


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
    schema, short = http.get("/v1/schemas/job").json(), shown("get", "/v1/schemas/job", "200")
    assert schema.keys() == short.keys()
    assert short["properties"].items() <= schema["properties"].items()
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
