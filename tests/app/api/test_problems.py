"""Every error has the same shape, routing errors included."""

import re

import httpx2
import pytest
from sqlalchemy import update

from core.store.tables import Job
from tests.app.visiting import problem, submit
from tests.live_api import LiveApi


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """None of this depends on the database."""
    return one_api


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v2/jobs",
        "/v1/nothing",
        "/v1/jobs/",
        "/v1//jobs",
        "/healthz/",
        "/%00",
        "/v1/jobs%2f",
    ],
)
def test_a_path_that_leads_nowhere_is_not_found(http: httpx2.Client, path: str) -> None:
    reply = http.get(path)

    found = problem(reply, 404)
    assert found["code"] == "not_found"
    assert "/docs" in found["hint"]
    assert "location" not in reply.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/jobs", {"GET", "HEAD", "POST"}),
        ("PUT", "/v1/jobs", {"GET", "HEAD", "POST"}),
        ("PUT", "/v1/jobs/job_00000000000000000000000000", {"GET", "HEAD", "PATCH", "DELETE"}),
        ("GET", "/v1/jobs/job_00000000000000000000000000/cancel", {"POST"}),
        ("POST", "/v1/catalog", {"GET", "HEAD"}),
        ("POST", "/healthz", {"GET", "HEAD"}),
        ("BREW", "/v1/jobs", {"GET", "HEAD", "POST"}),
    ],
)
def test_a_method_that_a_path_does_not_know_is_told_the_others(
    http: httpx2.Client, method: str, path: str, allowed: set[str]
) -> None:
    reply = http.request(method, path)

    assert problem(reply, 405)["code"] == "method_not_allowed"
    assert {name.strip() for name in reply.headers["allow"].split(",")} == allowed


def test_a_request_has_an_id(http: httpx2.Client) -> None:
    first, second = http.get("/healthz"), http.get("/healthz")

    assert re.fullmatch(r"req_[0-9A-Z]{26}", first.headers["x-request-id"])
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_the_callers_own_id_is_taken_over(http: httpx2.Client) -> None:
    headers = {"X-Request-Id": "build-4711.a_b"}

    assert http.get("/healthz", headers=headers).headers["x-request-id"] == "build-4711.a_b"
    assert problem(http.get("/v1/nothing", headers=headers), 404)["request_id"] == "build-4711.a_b"


@pytest.mark.parametrize("odd", ["", "x" * 129, 'a"b', "a b", "é", "<script>", '"}, {"'])
def test_an_id_that_could_do_harm_is_replaced(http: httpx2.Client, odd: str) -> None:
    reply = http.get("/v1/nothing", headers={"X-Request-Id": odd.encode()})  # type: ignore[dict-item]

    assert problem(reply, 404)["request_id"].startswith("req_")


def test_no_answer_is_guessed_at(http: httpx2.Client) -> None:
    for path in ("/healthz", "/v1/jobs", "/v1/nothing"):
        assert http.get(path).headers["x-content-type-options"] == "nosniff"


def test_nobody_learns_what_serves_them(http: httpx2.Client) -> None:
    assert "uvicorn" not in str(http.get("/v1/nothing").headers).lower()


def test_another_origin_is_not_let_in(http: httpx2.Client) -> None:
    preflight = http.options(
        "/v1/jobs", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )

    assert "access-control-allow-origin" not in preflight.headers
    answered = http.get("/v1/jobs", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answered.headers


def test_an_error_says_what_to_do(http: httpx2.Client, anyone: httpx2.Client) -> None:
    assert "DISTILLERY_HOME/api-key" in problem(anyone.get("/v1/jobs"), 401)["hint"]
    assert problem(http.get("/v1/jobs/job_1"), 404)["hint"]


def test_a_defect_is_a_problem_too_and_tells_no_secret(api: LiveApi, http: httpx2.Client) -> None:
    """A row that no release of ours wrote: reading it fails in a way we did not foresee."""
    job_id = submit(http)["id"]
    with api.database.writing() as session:
        session.execute(update(Job).where(Job.id == job_id).values(state="exploded"))

    found = problem(http.get(f"/v1/jobs/{job_id}"), 500)

    assert found["code"] == "internal"
    assert "Traceback" not in str(found)
    assert "sqlalchemy" not in str(found).lower()
