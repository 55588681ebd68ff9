"""Waiting for a job to change: answered when it does, and at no cost until then."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import delete, text

from app import polling
from core.store import events
from core.store.tables import Job
from tests.app.visiting import findings, problem, submit, visitor
from tests.app.worker_by_hand import WorkerByHand
from tests.builders import ME, a_finished_job, cancel
from tests.live_api import LiveApi

UNKNOWN = "job_00000000000000000000000000"
MORE_THAN_THREADS = 60


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released by each request that begins to wait."""
    begun = threading.Semaphore(0)
    news = polling.news

    async def told(*asked: object) -> None:
        begun.release()
        await news(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(polling, "news", told)
    return begun


def meanwhile(
    waiting: threading.Semaphore, asking: Callable[[], httpx2.Response], happens: Callable[[], object]
) -> httpx2.Response:
    """The answer to a request during whose wait something happens."""
    with ThreadPoolExecutor(1) as pool:
        answer: Future[httpx2.Response] = pool.submit(asking)
        assert waiting.acquire(timeout=20)
        happens()
        return answer.result(60)


def note(api: LiveApi, job_id: str) -> None:
    with api.database.writing() as session:
        events.append(session, job_id, "note", {})


def test_a_change_ends_the_wait(api: LiveApi, http: httpx2.Client, waiting: threading.Semaphore) -> None:
    job_id = submit(http)["id"]
    path = f"/v1/jobs/{job_id}"
    etag = http.get(path).headers["etag"]

    def ask() -> httpx2.Response:
        return http.get(path, params={"wait": 60}, headers={"If-None-Match": etag})

    reply = meanwhile(waiting, ask, lambda: cancel(api.database, job_id))

    assert reply.status_code == 200
    assert reply.json()["state"] == "cancelled"
    assert reply.headers["etag"] == http.get(path).headers["etag"] != etag


def test_who_names_no_version_waits_for_another_one_than_there_was(
    api: LiveApi, http: httpx2.Client, waiting: threading.Semaphore
) -> None:
    job_id = submit(http)["id"]
    path = f"/v1/jobs/{job_id}"
    etag = http.get(path).headers["etag"]

    reply = meanwhile(waiting, lambda: http.get(path, params={"wait": 60}), lambda: note(api, job_id))

    assert (reply.status_code, reply.headers["etag"] == etag) == (200, False)


def test_without_a_change_it_is_304_in_the_end(http: httpx2.Client) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    etag = http.get(path).headers["etag"]

    reply = http.get(path, params={"wait": 0.3}, headers={"If-None-Match": etag})

    assert (reply.status_code, reply.content, reply.headers["etag"]) == (304, b"", etag)


def test_who_named_no_version_gets_the_job_in_the_end(http: httpx2.Client) -> None:
    """A 304 would tell nothing to who has nothing."""
    job = submit(http)

    assert http.get(f"/v1/jobs/{job['id']}", params={"wait": 0.3}).json()["id"] == job["id"]


def test_another_version_is_not_waited_for(
    http: httpx2.Client, waiting: threading.Semaphore
) -> None:  # fmt: skip
    path = f"/v1/jobs/{submit(http)['id']}"

    reply = http.get(path, params={"wait": 60}, headers={"If-None-Match": 'W/"0"'})

    assert reply.status_code == 200
    assert not waiting.acquire(blocking=False)


def test_a_job_that_has_ended_is_shown_at_once(
    api: LiveApi, http: httpx2.Client, waiting: threading.Semaphore
) -> None:
    reply = http.get(f"/v1/jobs/{a_finished_job(api.database, ME)}", params={"wait": 60})

    assert reply.json()["state"] == "succeeded"
    assert not waiting.acquire(blocking=False)


def test_a_job_that_has_ended_is_not_waited_for_by_who_knows_it(
    api: LiveApi, http: httpx2.Client, waiting: threading.Semaphore
) -> None:
    path = f"/v1/jobs/{a_finished_job(api.database, ME)}"
    etag = http.get(path).headers["etag"]

    reply = http.get(path, params={"wait": 3}, headers={"If-None-Match": etag})

    assert (reply.status_code, reply.headers["etag"]) == (304, etag)
    assert not waiting.acquire(blocking=False)


def test_a_job_that_is_deleted_meanwhile_is_gone(
    api: LiveApi, http: httpx2.Client, waiting: threading.Semaphore
) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"

    def remove() -> None:
        with api.database.writing() as session:
            session.execute(delete(Job))

    problem(meanwhile(waiting, lambda: http.get(path, params={"wait": 1}), remove), 404)


def test_waiting_takes_no_thread_and_no_transaction(
    api: LiveApi, http: httpx2.Client, waiting: threading.Semaphore
) -> None:
    job_id = submit(http)["id"]
    etag = http.get(f"/v1/jobs/{job_id}").headers["etag"]
    key = api.make_key("read", owner=ME)

    def wait(_: int) -> int:
        with visitor(api, key) as client:
            asked = {"If-None-Match": etag}
            return client.get(f"/v1/jobs/{job_id}", params={"wait": 60}, headers=asked).status_code

    with ThreadPoolExecutor(MORE_THAN_THREADS) as pool:
        answers = pool.map(wait, range(MORE_THAN_THREADS))
        for _ in range(MORE_THAN_THREADS):
            assert waiting.acquire(timeout=30)
        # Every one of them waits, and others are served as ever.
        assert http.get("/v1/jobs").status_code == 200
        assert submit(http)["state"] == "queued"
        note(api, job_id)

        assert set(answers) == {200}


@pytest.mark.parametrize("wait", ["61", "-1", "x", "", "nan", "inf"])
def test_a_wait_that_makes_no_sense_is_refused(http: httpx2.Client, wait: str) -> None:
    reply = http.get(f"/v1/jobs/{submit(http)['id']}", params={"wait": wait})

    assert [place for place, _ in findings(reply)] == ["?wait"]


def test_a_typo_in_the_query_is_told_of(http: httpx2.Client) -> None:
    reply = http.get(f"/v1/jobs/{submit(http)['id']}?wiat=3")

    assert findings(reply) == [("?wiat", "unknown_field")]
    assert reply.json()["errors"][0]["did_you_mean"] == "wait"


@pytest.mark.parametrize("query", ["", "?wait=0", "?wait=0.1"])
def test_every_way_of_asking_is_guarded_alike(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client, anyone: httpx2.Client, query: str
) -> None:
    path = f"/v1/jobs/{submit(http)['id']}{query}"

    assert http.get(path).status_code == 200
    problem(stranger.get(path), 404)
    problem(http.get(f"/v1/jobs/{UNKNOWN}{query}"), 404)
    problem(http.get(f"/v1/jobs/nonsense{query}"), 404)
    problem(anyone.get(path), 401)
    with visitor(api, api.make_key("submit", owner=ME)) as submitter:
        problem(submitter.get(path), 403)


def test_whole_and_unchanged_are_of_the_same_version(
    api: LiveApi, http: httpx2.Client, tmp_path: Path
) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    WorkerByHand(api, tmp_path).progress(3, 10)

    whole, asked = http.get(path), http.get(path, params={"wait": 0})

    assert whole.headers["etag"] == asked.headers["etag"]
    assert {k: v for k, v in whole.json().items() if k != "wall_seconds"} == {
        k: v for k, v in asked.json().items() if k != "wall_seconds"
    }


def test_a_poll_of_a_locked_database_is_answered(one_api: LiveApi) -> None:
    with visitor(one_api, one_api.make_key("read", "submit", owner=ME)) as http:
        path = f"/v1/jobs/{submit(http)['id']}"
        with one_api.database.writing() as session:
            session.execute(text("SELECT 1"))  # from here on it is locked
            assert http.get(path).status_code == 200
