"""After every bad input: no answer was our fault, and what was stored can be listed again, row by row."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.app.visiting import visitor
from tests.builders import ME
from tests.live_api import LiveApi


@pytest.fixture
def api(either_api: LiveApi) -> LiveApi:
    return either_api


@pytest.fixture
def http(api: LiveApi) -> Iterator[httpx2.Client]:
    """A caller to whom a 5xx is never given, and who can always see what it has."""
    answers: list[httpx2.Response] = []
    with visitor(api, api.make_key("read", "submit", owner=ME)) as client:
        client.event_hooks["response"].append(answers.append)
        yield client
        listed = everything(client)

    assert [reply.status_code for reply in answers if reply.status_code >= 500] == []
    created = [reply.json()["id"] for reply in answers if reply.status_code == 201]
    assert sorted(listed) == sorted(created)


def everything(client: httpx2.Client) -> list[str]:
    """Ids of all jobs, read in pages of one, and then each by itself with all its parts."""
    found: list[str] = []
    address: str | None = "/v1/jobs?limit=1"
    while address is not None:
        reply = client.get(address)
        assert reply.status_code == 200, reply.text
        found += [job["id"] for job in reply.json()["data"]]
        link = reply.headers.get("link")
        address = link.split(";")[0].strip("<>") if link else None
    for job_id in found:
        assert client.get(f"/v1/jobs/{job_id}").status_code == 200
    for job_id in found[:3]:
        for part in ("events", "metrics", "logs", "artifacts"):
            assert client.get(f"/v1/jobs/{job_id}/{part}").status_code == 200
    return found
