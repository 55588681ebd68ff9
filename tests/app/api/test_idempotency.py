"""Idempotency-Key: a request that is sent again is done once, and answered as the first time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from core.store import jobs
from core.store.tables import Job, Once
from tests.app.visiting import findings, problem, submit
from tests.builders import ME, a_finished_job
from tests.live_api import LiveApi

SPEC = {"name": "once", "dataset": "digits"}


@pytest.fixture
def key(request: pytest.FixtureRequest) -> dict[str, str]:
    """A key of this test's own: they are kept for a day."""
    return {"Idempotency-Key": str(abs(hash(request.node.nodeid)))}


def count(api: LiveApi, table: type[Any]) -> int:
    with api.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def same(first: httpx2.Response, again: httpx2.Response) -> None:
    """All that was answered, word for word."""
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    for name in ("location", "etag", "content-type"):
        assert again.headers.get(name) == first.headers.get(name), name


def test_a_submit_that_is_sent_again_is_answered_as_the_first_time(
    api: LiveApi, http: httpx2.Client, key: dict[str, str]
) -> None:
    first = http.post("/v1/jobs", json=SPEC, headers=key)
    http.post(f"{first.headers['location']}/cancel")  # the answer is that of then, not of now

    again = http.post("/v1/jobs", json=SPEC, headers=key)

    same(first, again)
    assert again.json()["state"] == "queued"
    assert count(api, Job) == 1


def test_without_a_key_every_submit_is_a_job(api: LiveApi, http: httpx2.Client) -> None:
    kept = count(api, Once)

    submit(http, **SPEC)
    submit(http, **SPEC)

    assert (count(api, Job), count(api, Once)) == (2, kept)


@pytest.mark.parametrize("body", [{"name": "other", "dataset": "digits"}, {}])
def test_a_key_with_another_body_is_refused(
    api: LiveApi, http: httpx2.Client, key: dict[str, str], body: dict[str, Any]
) -> None:
    http.post("/v1/jobs", json=SPEC, headers=key)

    assert findings(http.post("/v1/jobs", json=body, headers=key)) == [
        ("header Idempotency-Key", "idempotency_key_reused")
    ]
    assert count(api, Job) == 1


def test_a_key_with_another_action_is_refused(http: httpx2.Client, key: dict[str, str]) -> None:
    one, other = submit(http)["id"], submit(http)["id"]
    assert http.post(f"/v1/jobs/{one}/pause", headers=key).status_code == 202

    for path in (f"{one}/resume", f"{other}/pause"):
        problem(http.post(f"/v1/jobs/{path}", headers=key), 422)

    assert http.get(f"/v1/jobs/{other}").json()["state"] == "queued"


def test_the_key_of_another_owner_is_another_key(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client, key: dict[str, str]
) -> None:
    mine = http.post("/v1/jobs", json=SPEC, headers=key)
    theirs = stranger.post("/v1/jobs", json=SPEC, headers=key)

    assert "idempotency-replayed" not in theirs.headers
    assert mine.json()["id"] != theirs.json()["id"]


@pytest.mark.parametrize(("action", "status"), [("pause", 202), ("resume", 200), ("cancel", 202)])
def test_an_action_that_is_sent_again_is_answered_as_the_first_time(
    http: httpx2.Client, key: dict[str, str], action: str, status: int
) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    first = http.post(f"{path}/{action}", headers=key)
    etag = http.get(path).headers["etag"]

    again = http.post(f"{path}/{action}", headers=key)

    assert first.status_code == status
    same(first, again)
    assert http.get(path).headers["etag"] == etag


def test_a_retry_that_is_sent_again_wakes_the_job_once(
    api: LiveApi, http: httpx2.Client, key: dict[str, str]
) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    http.post(f"{path}/cancel")
    first = http.post(f"{path}/retry", headers=key)
    http.post(f"{path}/cancel")

    again = http.post(f"{path}/retry", headers=key)

    same(first, again)
    assert (http.get(path).json()["state"], http.get(path).json()["retries"]) == ("cancelled", 1)


def test_a_request_that_failed_keeps_nothing(api: LiveApi, http: httpx2.Client, key: dict[str, str]) -> None:
    kept = count(api, Once)

    for wrong in ({"sed": 1}, {"student": {"architecture": "mobilenet_v2", "width": 9}}):
        assert http.post("/v1/jobs", json=wrong, headers=key).status_code == 422
    assert count(api, Once) == kept

    reply = http.post("/v1/jobs", json=SPEC, headers=key)
    assert reply.status_code == 201
    assert "idempotency-replayed" not in reply.headers


def test_an_action_that_was_refused_keeps_nothing(
    api: LiveApi, http: httpx2.Client, key: dict[str, str]
) -> None:
    done = a_finished_job(api.database, ME)
    kept = count(api, Once)

    problem(http.post(f"/v1/jobs/{done}/cancel", headers=key), 409)
    problem(http.post(f"/v1/jobs/{done}/cancel", headers=key | {"If-Match": '"0"'}), 412)
    problem(http.post("/v1/jobs/job_00000000000000000000000000/cancel", headers=key), 404)

    assert count(api, Once) == kept


def test_key_and_job_are_kept_together_or_not_at_all(
    api: LiveApi, http: httpx2.Client, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service fails after the job was inserted and the key taken."""
    kept = count(api, Once)

    def fail(*_: Any) -> None:
        raise RuntimeError("a defect")

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "queue_position", fail)
        assert http.post("/v1/jobs", json=SPEC, headers=key).status_code == 500

    assert (count(api, Job), count(api, Once)) == (0, kept)
    assert http.post("/v1/jobs", json=SPEC, headers=key).status_code == 201
    assert (count(api, Job), count(api, Once)) == (1, kept + 1)


def at_once(ask: Callable[[], httpx2.Response]) -> list[httpx2.Response]:
    with ThreadPoolExecutor(10) as pool:
        return [asked.result() for asked in [pool.submit(ask) for _ in range(10)]]


def test_of_many_submits_with_one_key_one_is_done(
    api: LiveApi, http: httpx2.Client, key: dict[str, str]
) -> None:
    replies = at_once(lambda: http.post("/v1/jobs", json=SPEC, headers=key))

    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.json()["id"] for reply in replies}) == 1
    assert sum("idempotency-replayed" not in reply.headers for reply in replies) == 1
    assert count(api, Job) == 1


def test_of_many_actions_with_one_key_one_is_done(http: httpx2.Client, key: dict[str, str]) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"

    replies = at_once(lambda: http.post(f"{path}/pause", headers=key))

    assert {reply.status_code for reply in replies} == {202}
    assert sum("idempotency-replayed" not in reply.headers for reply in replies) == 1
    assert len(http.get(f"{path}/events").json()["data"]) == 2


@pytest.mark.parametrize("wrong", ["", "x" * 129, "a b", "käse", "a\tb"])
def test_what_is_no_key_is_refused(api: LiveApi, http: httpx2.Client, wrong: str) -> None:
    headers = {"Idempotency-Key": wrong.encode()}

    reply = http.post("/v1/jobs", json=SPEC, headers=headers)  # type: ignore[arg-type]

    assert [place for place, _ in findings(reply)] == ["header Idempotency-Key"]
    assert count(api, Job) == 0


def test_a_key_needs_a_caller(anyone: httpx2.Client, key: dict[str, str]) -> None:
    problem(anyone.post("/v1/jobs", json=SPEC, headers=key), 401)
