"""HEAD is GET without the body."""

from pathlib import Path

import httpx2
import pytest

from tests.app.visiting import submit
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi

VARYING = {"date", "x-request-id"}
UNKNOWN = "job_00000000000000000000000000"
CONTENT = bytes(3 << 20)


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """None of this depends on the database."""
    return one_api


@pytest.fixture
def job(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> str:
    """The path of a finished job with one file."""
    path = f"/v1/jobs/{submit(http)['id']}"
    worker = WorkerByHand(api, tmp_path)
    worker.artifact("student.safetensors", CONTENT)
    worker.succeed()
    return path


def headers_alone(http: httpx2.Client, path: str, **headers: str) -> httpx2.Response:
    """The answer to HEAD, which must be that to GET but for the body."""
    head, get = http.head(path, headers=headers), http.get(path, headers=headers)

    assert (head.status_code, head.content) == (get.status_code, b""), path
    assert {k: v for k, v in head.headers.items() if k not in VARYING} == {
        k: v for k, v in get.headers.items() if k not in VARYING
    }
    return head


def test_every_route_that_gets_answers_head(http: httpx2.Client, job: str) -> None:
    document = http.get("/openapi.json").json()
    paths = [path for path, methods in document["paths"].items() if "get" in methods]

    sound = 0
    for path in [*paths, "/docs", "/openapi.json"]:
        filled = path.replace("/v1/jobs/{job_id}", job).replace("{section}", "methods")
        reply = headers_alone(http, filled.replace("{name}", "student.safetensors"))
        # There is nothing but one job and one file of it, and some routes must be told what to look for.
        assert reply.status_code in (200, 403, 404, 422), path
        assert int(reply.headers["content-length"]) > 0
        sound += reply.status_code == 200
    assert sound >= 13
    assert all("head" not in methods for methods in document["paths"].values())


def test_size_and_digest_of_a_file_are_known_before_it_is_fetched(http: httpx2.Client, job: str) -> None:
    head = headers_alone(http, f"{job}/checkpoint")

    assert head.headers["content-length"] == str(len(CONTENT))
    assert {"etag", "repr-digest", "accept-ranges"} <= set(head.headers)
    assert headers_alone(http, f"{job}/checkpoint", Range="bytes=0-9").headers["content-length"] == "10"
    known = {"If-None-Match": head.headers["etag"]}
    assert headers_alone(http, f"{job}/checkpoint", **known).status_code == 304


@pytest.mark.parametrize(
    ("path", "status"), [(f"/v1/jobs/{UNKNOWN}", 404), (f"/v1/jobs/{UNKNOWN}/cancel", 405), ("/", 404)]
)
def test_what_get_refuses_head_refuses(http: httpx2.Client, path: str, status: int) -> None:
    assert headers_alone(http, path).status_code == status


def test_without_a_key_head_is_answered_as_get(anyone: httpx2.Client) -> None:
    assert headers_alone(anyone, "/v1/jobs").status_code == 401


def test_a_stream_is_not_waited_for(http: httpx2.Client) -> None:
    """The job never ends, and so neither would its stream."""
    path = f"/v1/jobs/{submit(http)['id']}/events"

    for _ in range(3):  # on one connection: nothing of the stream is left on it
        head = http.head(path, headers={"Accept": "text/event-stream"}, timeout=5)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"].startswith("text/event-stream")
        assert head.headers["cache-control"] == "no-store"
