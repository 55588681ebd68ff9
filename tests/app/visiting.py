"""Call the service over HTTP, and read its answers."""

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from app.main import create_app
from core.settings import Settings
from tests.live_api import LiveApi

PROBLEM = "application/problem+json"


def visitor(api: LiveApi, key: str | None) -> httpx2.Client:
    """A caller. Each answer it gets must be one that the route documents."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    hooks = {"response": [_is_documented]}
    # No certificate is looked at on loopback; reading all of them takes longer than most tests.
    return httpx2.Client(
        base_url=api.url, headers=headers, timeout=30, event_hooks=hooks, verify=False
    )  # fmt: skip


@cache
def _documented() -> dict[tuple[str, re.Pattern[str]], set[int]]:
    """Statuses by method and path."""
    with TemporaryDirectory() as home:
        paths = create_app(Settings(home=Path(home))).openapi()["paths"]
    return {
        (method.upper(), re.compile(re.sub("{[a-z_]+}", "[^/]+", path))): {
            int(s) for s in operation["responses"]
        }
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def _is_documented(reply: httpx2.Response) -> None:
    asked = reply.request
    for (method, path), statuses in _documented().items():
        if method == asked.method and path.fullmatch(asked.url.path) and reply.status_code != 500:
            assert reply.status_code in statuses, f"{method} {asked.url.path} answers {reply.status_code}"


def problem(reply: httpx2.Response, status: int) -> dict[str, Any]:
    """The problem document of an answer that failed with this status, in the one shape that all share."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == PROBLEM
    document: dict[str, Any] = reply.json()
    assert document["status"] == status
    assert document["type"] == f"urn:distillery:{document['code']}"
    assert document["title"]
    assert document["detail"]
    assert document["request_id"] == reply.headers["x-request-id"]
    return document


def findings(reply: httpx2.Response, status: int = 422) -> list[tuple[str, str]]:
    """Place and code of everything that is wrong with a request."""
    return [(error["pointer"], error["code"]) for error in problem(reply, status)["errors"]]


def submit(http: httpx2.Client, **spec: Any) -> dict[str, Any]:
    """A job, as it is answered."""
    reply = http.post("/v1/jobs", json=spec)
    assert reply.status_code == 201, reply.text
    job: dict[str, Any] = reply.json()
    return job


def same_but_for(reply: httpx2.Response, job_id: str) -> dict[str, Any]:
    """The answer without what must differ from one request to the next."""
    text = reply.text.replace(job_id, "…").replace(reply.headers["x-request-id"], "…")
    names = set(reply.headers) - {"date", "x-request-id", "content-length"}
    return {
        "status": reply.status_code,
        "text": text,
        "headers": {name: reply.headers[name] for name in names},
    }
