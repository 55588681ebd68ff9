"""Call the service over HTTP, and read its answers."""

from typing import Any

import httpx2

from tests.live_api import LiveApi

PROBLEM = "application/problem+json"


def visitor(api: LiveApi, key: str | None) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx2.Client(base_url=api.url, headers=headers, timeout=30)


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


def findings(reply: httpx2.Response) -> list[tuple[str, str]]:
    """Place and code of everything that is wrong with a request."""
    return [(error["pointer"], error["code"]) for error in problem(reply, 422)["errors"]]


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
