"""POST /v1/jobs, and POST /v1/jobs/validate, which queues nothing."""

from typing import Any, get_args

import httpx2
import pytest

from core import ids
from core.spec import JobSpec
from core.spec.models import AnyArchitecture
from core.spec.resolve import resolve
from core.store import workers
from tests.app.visiting import findings, problem, submit
from tests.builders import ME, a_spec
from tests.live_api import LiveApi

SPEC = {
    "name": "first",
    "tags": ["a"],
    "dataset": "digits",
    "student": "mobilenet_v2",
    "regularizers": ["l2"],
}


def validate(http: httpx2.Client, document: Any) -> dict[str, Any]:
    reply = http.post("/v1/jobs/validate", json=document)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def listed(http: httpx2.Client) -> list[str]:
    return [job["id"] for job in http.get("/v1/jobs").json()["data"]]


def test_an_empty_spec_is_a_job(http: httpx2.Client) -> None:
    reply = http.post("/v1/jobs", json={})

    job = reply.json()
    assert reply.status_code == 201
    assert ids.is_id("job", job["id"])
    assert reply.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["state"], job["attempt"], job["progress"], job["error"]) == ("queued", 0, None, None)


def test_the_answer_is_the_job_as_it_is_read_afterwards(http: httpx2.Client) -> None:
    submitted = http.post("/v1/jobs", json=SPEC)

    read = http.get(submitted.headers["location"])

    assert read.json() == submitted.json()
    assert read.headers["etag"] == submitted.headers["etag"]


def test_a_job_shows_what_was_asked_and_what_is_used(http: httpx2.Client) -> None:
    job = submit(http, **SPEC)

    resolved, origins = resolve(a_spec(**SPEC))
    assert JobSpec.model_validate(job["spec"]) == a_spec(**SPEC)
    assert JobSpec.model_validate(job["resolved_spec"]) == resolved
    assert job["origins"] == origins
    assert (job["name"], job["tags"], job["owner"]) == ("first", ["a"], ME)


def test_a_job_says_why_it_waits(http: httpx2.Client) -> None:
    first, second = submit(http), submit(http, resources={"gpus": 1})

    assert first["queued_because"] == "no worker is alive"
    assert (first["queue_position"], second["queue_position"]) == (1, 2)


def test_a_job_links_to_its_parts(http: httpx2.Client) -> None:
    job = submit(http)

    assert set(job["links"]) == {"self", "events", "metrics", "logs", "artifacts", "checkpoint"}
    for name in ("self", "events", "metrics", "logs", "artifacts"):
        assert http.get(job["links"][name]).status_code == 200, name


def test_a_spec_that_is_wrong_is_told_everything_at_once(http: httpx2.Client) -> None:
    reply = http.post("/v1/jobs", json={"sed": 1, "optimization": {"epochs": 0}, "student": "mobilenetv2"})

    errors = {error["pointer"]: error for error in problem(reply, 422)["errors"]}
    assert set(errors) == {"/sed", "/optimization/epochs", "/student"}
    assert errors["/sed"]["did_you_mean"] == "seed"
    assert errors["/student"]["allowed"] == list(get_args(AnyArchitecture))
    assert listed(http) == []


def test_a_spec_that_contradicts_itself_is_not_queued(http: httpx2.Client) -> None:
    reply = http.post("/v1/jobs", json={"student": {"architecture": "resnet18", "width": 0.5}})

    assert findings(reply) == [("/student/width", "not_applicable")]
    assert listed(http) == []


def test_what_runs_but_may_not_be_meant_is_a_warning(http: httpx2.Client) -> None:
    job = submit(http, student="resnet18")

    assert [(w["pointer"], w["code"]) for w in job["warnings"]] == [
        ("/student/architecture", "no_compression")
    ]


def test_a_sound_spec_is_valid_and_queues_nothing(http: httpx2.Client) -> None:
    found = validate(http, SPEC)

    resolved, origins = resolve(a_spec(**SPEC))
    assert (found["valid"], found["errors"]) == (True, [])
    assert JobSpec.model_validate(found["resolved_spec"]) == resolved
    assert found["origins"] == origins
    assert listed(http) == []


@pytest.mark.parametrize(
    "document",
    [
        {"sed": 1},
        {"optimization": {"epochs": 0, "batch_size": "8"}},
        {"regularizers": ["l3", {"kind": "gradient_clipping"}]},
        {"student": {"architecture": "resnet18", "width": 0.5}},
        {"optimization": {"epochs": 1, "warmup_epochs": 1}},
        {"name": "\u202e"},
    ],
)
def test_validate_finds_exactly_what_submit_refuses(http: httpx2.Client, document: dict[str, Any]) -> None:
    found = validate(http, document)
    refused = problem(http.post("/v1/jobs", json=document), 422)

    assert (found["valid"], found["resolved_spec"], found["origins"]) == (False, None, None)
    assert found["errors"] == refused["errors"]


def test_validate_warns_as_submit_does(http: httpx2.Client) -> None:
    assert validate(http, {"student": "resnet18"})["warnings"] == submit(http, student="resnet18")["warnings"]


def test_a_job_waits_for_a_worker_that_has_what_it_asks_for(api: LiveApi, http: httpx2.Client) -> None:
    with api.database.writing() as session:
        workers.seen(session, "wrk_a", host="host", pid=1, gpus=0, slots=1)

    assert "about to take it" in submit(http)["queued_because"]
    assert submit(http)["queued_because"] == "other jobs run first"
    assert submit(http, resources={"gpus": 1})["queued_because"] == "no worker has 1 GPU"
