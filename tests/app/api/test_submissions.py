"""Submissions that are written together: each for itself, and all of them durable before the first answer."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from app import submissions
from core.errors import StoreUnavailable
from core.store import jobs
from core.store.session import Session
from core.store.tables import Job
from tests.app.visiting import findings, problem
from tests.live_api import LiveApi

Ask = Callable[[], httpx2.Response]
Gather = Callable[[list[Ask]], list[httpx2.Response]]
MISSING = {"kind": "uploaded", "id": "ds_00000000000000000000000000"}


@pytest.fixture
def gathered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gather]:
    """Sends requests of which the first is held up until all others wait: those are written together."""
    begun, held, waiting = threading.Event(), threading.Event(), threading.Semaphore(0)
    written, submit = submissions._submitted, submissions.Submissions.submit

    def hold(*asked: Any) -> Any:
        if not begun.is_set():
            begun.set()
            assert held.wait(20)
        return written(*asked)

    async def count(*asked: Any) -> Any:
        waiting.release()
        return await submit(*asked)

    def send(asking: list[Ask]) -> list[httpx2.Response]:
        with ThreadPoolExecutor(len(asking)) as pool:
            sent = [pool.submit(asking[0])]
            assert begun.wait(20)
            sent += [pool.submit(ask) for ask in asking[1:]]
            for _ in asking:
                assert waiting.acquire(timeout=20)
            held.set()
            return [each.result(60) for each in sent]

    monkeypatch.setattr(submissions, "_submitted", hold)
    monkeypatch.setattr(submissions.Submissions, "submit", count)
    yield send
    held.set()


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """Of this test's own: they are kept for a day."""
    return str(abs(hash(request.node.nodeid)))


def submitting(http: httpx2.Client, document: Any, key: str | None = None) -> Ask:
    headers = {} if key is None else {"Idempotency-Key": key}
    return lambda: http.post("/v1/jobs", json=document, headers=headers)


def stored(api: LiveApi) -> list[str]:
    with api.database.reading() as session:
        return sorted(session.scalars(select(Job.id)))


def told(replies: list[httpx2.Response]) -> list[str]:
    return sorted(reply.json()["id"] for reply in replies)


def test_what_waits_is_written_in_one_transaction_and_each_is_answered_for_itself(
    api: LiveApi, http: httpx2.Client, gathered: Gather, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, transactions = submissions.written, []
    monkeypatch.setattr(submissions, "written", lambda *of: transactions.append(of) or written(*of))
    names = [f"job {number}" for number in range(12)]

    replies = gathered([submitting(http, {"name": name}) for name in names])

    assert len(transactions) == 2
    assert [reply.json()["name"] for reply in replies] == names
    assert sorted(reply.json()["queue_position"] for reply in replies) == list(range(1, 13))
    assert told(replies) == stored(api)
    for reply in replies:
        assert http.get(reply.headers["location"]).json()["id"] == reply.json()["id"]


def test_one_that_is_refused_hurts_no_other(api: LiveApi, http: httpx2.Client, gathered: Gather) -> None:
    documents: list[Any] = [{}, {"name": "good"}, {"dataset": MISSING}, {"name": "better"}]

    first, good, refused, better = gathered([submitting(http, document) for document in documents])

    assert findings(refused) == [("/dataset/id", "not_found")]
    assert told([first, good, better]) == stored(api)


def test_a_defect_in_one_hurts_no_other_and_leaves_nothing(
    api: LiveApi, http: httpx2.Client, gathered: Gather, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = jobs.queue_position

    def fail(session: Session, job: Job) -> int | None:
        if job.name == "bad":
            raise RuntimeError("a defect")
        return position(session, job)

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "queue_position", fail)
        names = ("first", "good", "bad", "better")
        first, good, bad, better = gathered([submitting(http, {"name": name}, key + name) for name in names])

    problem(bad, 500)
    assert told([first, good, better]) == stored(api)
    again = submitting(http, {"name": "bad"}, f"{key}bad")()
    assert (again.status_code, "idempotency-replayed" in again.headers) == (201, False)


def test_of_those_with_one_key_in_one_transaction_one_is_done(
    api: LiveApi, http: httpx2.Client, gathered: Gather, key: str
) -> None:
    first, *same = gathered([submitting(http, {}), *[submitting(http, {"name": "once"}, key)] * 5])

    assert len({reply.text for reply in same}) == 1
    assert sum("idempotency-replayed" not in reply.headers for reply in same) == 1
    assert sorted({first.json()["id"], same[0].json()["id"]}) == stored(api)
    assert findings(submitting(http, {}, key)()) == [("header Idempotency-Key", "idempotency_key_reused")]


def test_where_the_transaction_fails_all_are_told_and_nothing_is_kept(
    api: LiveApi, http: httpx2.Client, gathered: Gather, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = submissions.written

    @contextmanager
    def failing(*of: Any) -> Iterator[Session]:
        with written(*of) as session:
            yield session
            raise StoreUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(submissions, "written", failing)
        for reply in gathered([submitting(http, {}, f"{key}{number}") for number in range(5)]):
            assert problem(reply, 503)["code"] == "store_unavailable"

    assert stored(api) == []
    again = submitting(http, {}, f"{key}0")()
    assert (again.status_code, "idempotency-replayed" in again.headers) == (201, False)
