"""Events of a job, as a list and as a live stream, with a real connection that may break."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from core.store import events
from tests.app.visiting import findings, submit
from tests.app.worker_by_hand import WorkerByHand
from tests.builders import ME, a_finished_job, a_running_job
from tests.live_api import LiveApi

STREAM = {"Accept": "text/event-stream"}
SILENT_SECONDS = 10  # less than between two heartbeats: a stream that says nothing more fails its test
Heard = dict[str, Any]


@contextmanager
def stream(http: httpx2.Client, job_id: str, **headers: str) -> Iterator[Iterator[Heard]]:
    """The events of an open stream, as they come."""
    path = f"/v1/jobs/{job_id}/events"
    with http.stream("GET", path, headers=STREAM | headers, timeout=SILENT_SECONDS) as reply:
        assert reply.status_code == 200
        yield messages(reply)


def messages(reply: httpx2.Response) -> Iterator[Heard]:
    fields: dict[str, str] = {}
    for line in reply.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "data" in fields:
            event = json.loads(fields["data"])
            assert (fields["id"], fields["event"]) == (str(event["seq"]), event["kind"])
            yield event
        fields = {}


def note(api: LiveApi, job_id: str, count: int) -> None:
    for number in range(count):
        with api.database.writing() as session:
            events.append(session, job_id, "note", {"number": number})


def numbers(heard: Iterator[Heard]) -> list[int]:
    return [event["seq"] for event in heard]


def test_events_are_listed_in_order(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    job_id = submit(http)["id"]
    worker = WorkerByHand(api, tmp_path)
    worker.phase("distil")
    worker.succeed()

    listed = http.get(f"/v1/jobs/{job_id}/events").json()

    assert listed["has_more"] is False
    assert [(event["seq"], event["kind"], event["data"]) for event in listed["data"]] == [
        (1, "state", {"state": "queued"}),
        (2, "state", {"state": "running", "attempt": 1}),
        (3, "phase", {"phase": "distil"}),
        (4, "state", {"state": "succeeded"}),
    ]
    assert all(event["at"].endswith("Z") for event in listed["data"])


def test_a_list_starts_after_a_number_and_may_be_short(api: LiveApi, http: httpx2.Client) -> None:
    job_id = submit(http)["id"]
    note(api, job_id, 9)
    path = f"/v1/jobs/{job_id}/events"

    part = http.get(path, params={"after_seq": 2, "limit": 3}).json()
    rest = http.get(path, params={"after_seq": 5, "limit": 5}).json()

    assert (numbers(part["data"]), part["has_more"]) == ([3, 4, 5], True)
    assert (numbers(rest["data"]), rest["has_more"]) == ([6, 7, 8, 9, 10], False)
    assert http.get(path, params={"after_seq": 999}).json() == {"data": [], "has_more": False}


@pytest.mark.parametrize(
    "query", ["after_seq=-1", "after_seq=99999999999999999999", "after_seq=x", "limit=0", "limit=501"]
)
def test_a_cut_that_makes_no_sense_is_refused(http: httpx2.Client, query: str) -> None:
    job_id = submit(http)["id"]

    reply = http.get(f"/v1/jobs/{job_id}/events?{query}")

    assert [place for place, _ in findings(reply)] == ["?" + query.split("=")[0]]


def test_a_stream_is_live_and_ends_with_the_job(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    job_id = submit(http)["id"]

    with stream(http, job_id) as heard:
        assert next(heard)["data"] == {"state": "queued"}
        worker = WorkerByHand(api, tmp_path)
        assert next(heard)["data"] == {"state": "running", "attempt": 1}
        worker.progress(1, 2)
        assert next(heard)["data"]["fraction"] == 0.5
        worker.succeed()
        assert next(heard)["data"] == {"state": "succeeded"}
        assert list(heard) == []


def test_a_stream_says_the_same_as_the_list(api: LiveApi, http: httpx2.Client) -> None:
    job_id = a_finished_job(api.database, ME)

    with stream(http, job_id) as heard:
        assert list(heard) == http.get(f"/v1/jobs/{job_id}/events").json()["data"]


def test_a_stream_is_neither_stored_nor_held_back(api: LiveApi, http: httpx2.Client) -> None:
    job_id = a_finished_job(api.database, ME)

    with http.stream("GET", f"/v1/jobs/{job_id}/events", headers=STREAM) as reply:
        first = next(reply.iter_lines())

    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-accel-buffering"] == "no"
    assert first == "retry: 2000"


@pytest.mark.parametrize("last", [0, 1, 4, 9])
def test_a_broken_stream_is_resumed_without_a_gap(api: LiveApi, http: httpx2.Client, last: int) -> None:
    attempt = a_running_job(api.database, ME)
    note(api, attempt.job_id, 8)

    with stream(http, attempt.job_id, **{"Last-Event-ID": str(last)}) as heard:
        before = [next(heard)["seq"] for _ in range(10 - last)]
        note(api, attempt.job_id, 1)
        assert [*before, next(heard)["seq"]] == list(range(last + 1, 12))


def test_what_happens_between_two_connections_is_heard_afterwards(
    api: LiveApi, http: httpx2.Client, tmp_path: Path
) -> None:
    job_id = submit(http)["id"]
    worker = WorkerByHand(api, tmp_path)
    with stream(http, job_id) as heard:
        last = [next(heard)["seq"], next(heard)["seq"]][-1]

    worker.phase("distil")
    worker.succeed()

    with stream(http, job_id, **{"Last-Event-ID": str(last)}) as heard:
        assert numbers(heard) == [3, 4]


def test_a_stream_after_the_end_of_all_is_no_stream(api: LiveApi, http: httpx2.Client) -> None:
    job_id = a_finished_job(api.database, ME)

    for last in ("3", "999", "9" * 400):
        reply = http.get(f"/v1/jobs/{job_id}/events", headers=STREAM | {"Last-Event-ID": last})
        assert (reply.status_code, reply.content) == (204, b"")


def test_a_stream_of_a_retried_job_goes_on_after_its_first_failure(
    api: LiveApi, http: httpx2.Client, tmp_path: Path
) -> None:
    job_id = submit(http)["id"]
    WorkerByHand(api, tmp_path).fail()
    with stream(http, job_id) as heard:
        assert numbers(heard) == [1, 2, 3]
    http.post(f"/v1/jobs/{job_id}/retry")

    with stream(http, job_id) as whole, stream(http, job_id, **{"Last-Event-ID": "3"}) as rest:
        assert [next(whole)["data"]["state"] for _ in range(4)] == ["queued", "running", "failed", "queued"]
        worker = WorkerByHand(api, tmp_path)
        worker.succeed()
        assert numbers(whole) == [5, 6]
        assert numbers(rest) == [4, 5, 6]


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "²", "1 OR 1=1"])
def test_an_event_that_is_none_is_refused(api: LiveApi, http: httpx2.Client, last: str) -> None:
    """To begin anew instead would repeat what was heard."""
    job_id = a_finished_job(api.database, ME)

    headers = STREAM | {"Last-Event-ID": last.encode()}
    reply = http.get(f"/v1/jobs/{job_id}/events", headers=headers)  # type: ignore[arg-type]

    assert findings(reply, 400) == [("header Last-Event-ID", "bad_position")]


def test_who_names_no_event_hears_all(api: LiveApi, http: httpx2.Client) -> None:
    job_id = a_finished_job(api.database, ME)

    with stream(http, job_id, **{"Last-Event-ID": ""}) as heard:
        assert numbers(heard) == [1, 2, 3]


def test_who_names_an_event_of_the_future_still_hears_the_end(
    api: LiveApi, http: httpx2.Client, tmp_path: Path
) -> None:
    job_id = submit(http)["id"]
    worker = WorkerByHand(api, tmp_path)

    with stream(http, job_id, **{"Last-Event-ID": "1000"}) as ahead, stream(http, job_id) as beside:
        assert [next(beside)["seq"], next(beside)["seq"]] == [1, 2]
        worker.succeed()
        assert numbers(beside) == [3]
        assert numbers(ahead) == [3]


def test_many_listeners_hear_the_same(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    job_id = submit(http)["id"]
    worker = WorkerByHand(api, tmp_path)

    def listen(_: int) -> list[int]:
        with stream(http, job_id) as heard:
            return numbers(heard)

    with ThreadPoolExecutor(12) as pool:
        listening = pool.map(listen, range(12))
        note(api, job_id, 20)
        worker.succeed()

        assert list(listening) == [list(range(1, 24))] * 12


def test_each_stream_hears_its_own_job(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    first, second = submit(http)["id"], submit(http)["id"]

    with stream(http, first) as one, stream(http, second) as other:
        next(one), next(other)
        note(api, second, 1)
        note(api, first, 2)

        assert [next(one)["data"], next(one)["data"]] == [{"number": 0}, {"number": 1}]
        assert next(other)["data"] == {"number": 0}
