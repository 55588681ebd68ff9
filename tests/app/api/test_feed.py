"""The events of all jobs, as a list and as a live stream."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.api import feed
from core.store import events
from tests.app.api.test_events import SILENT_SECONDS, STREAM, note
from tests.app.visiting import findings, submit, visitor
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi

Heard = dict[str, Any]


@contextmanager
def stream(http: httpx2.Client, after: str | None = None) -> Iterator[Iterator[httpx2.ServerSentEvent]]:
    """What an open stream says, from where it begins."""
    headers = STREAM if after is None else STREAM | {"Last-Event-ID": after}
    with http.stream("GET", "/v1/events", headers=headers, timeout=SILENT_SECONDS) as reply:
        assert reply.status_code == 200
        yield iter(httpx2.EventSource(reply))


def told(http: httpx2.Client, **query: Any) -> list[tuple[str, int]]:
    found = http.get("/v1/events", params=query).json()["data"]
    return [(event["job_id"], event["seq"]) for event in found]


def test_the_events_of_all_jobs_are_listed_in_one_order(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client
) -> None:
    one, theirs, other = submit(http)["id"], submit(stranger)["id"], submit(http)["id"]
    note(api, one, 1)
    note(api, theirs, 1)

    assert told(http) == [(one, 1), (other, 1), (one, 2)]
    with visitor(api, api.key) as admin:
        assert len(told(admin)) == 5


def test_a_list_goes_on_at_each_position(api: LiveApi, http: httpx2.Client, stranger: httpx2.Client) -> None:
    job_id = submit(http)["id"]
    for _ in range(3):
        note(api, job_id, 1)
        submit(stranger)

    first = http.get("/v1/events", params={"limit": 2}).json()
    rest = http.get("/v1/events", params={"after": first["next_after"]}).json()

    assert [event["seq"] for event in first["data"] + rest["data"]] == [1, 2, 3, 4]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert told(http, after=first["data"][0]["position"])[0] == (job_id, 2)
    assert told(http, after=rest["next_after"]) == []


def pages(http: httpx2.Client, **query: Any) -> Iterator[dict[str, Any]]:
    """Lists, each from where the one before it leads to, to the end."""
    more, after = True, "0-0-"
    while more:
        found = http.get("/v1/events", params={"after": after, **query}).json()
        more, after = found["has_more"], found["next_after"]
        yield found


def test_who_owns_nothing_learns_no_id_of_others(api: LiveApi, http: httpx2.Client) -> None:
    theirs = submit(http)["id"]

    with visitor(api, api.make_key("read", owner="nobody yet")) as nobody:
        found = nobody.get("/v1/events").json()

        assert (found["data"], found["has_more"]) == ([], False)
        assert "job_" not in found["next_after"]
        note(api, theirs, 1)
        assert told(nobody, after=found["next_after"]) == []


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_others_are_passed_over_without_a_gap_and_without_a_name(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(feed, "MOST", 2)
    monkeypatch.setattr(feed, "PASSED_OVER", 2)
    theirs, mine = submit(stranger)["id"], []
    for _ in range(3):
        mine.append(submit(http)["id"])
        with api.database.writing() as session:  # longer than all that is passed over, within one turn
            events.append_all(session, theirs, [("note", {})] * 5)

    found = list(pages(http, limit=limit))

    assert [event["job_id"] for page in found for event in page["data"]] == mine
    assert all(theirs not in page["next_after"] for page in found)
    assert told(http, after=found[-1]["next_after"]) == []


def test_a_position_that_is_none_is_refused(http: httpx2.Client) -> None:
    assert findings(http.get("/v1/events?after=yesterday")) == [("?after", "bad_position")]


def test_a_stream_tells_of_every_job_from_now_on(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client, tmp_path: Path
) -> None:
    old = submit(http)["id"]

    with stream(http) as heard:
        assert next(heard).data == ""  # where it begins
        submit(stranger)
        new = submit(http)["id"]
        note(api, old, 1)
        events = [next(heard).json() for _ in range(2)]

    assert [(event["job_id"], event["seq"]) for event in events] == [(new, 1), (old, 2)]


def test_a_stream_that_broke_is_resumed_without_a_gap(api: LiveApi, http: httpx2.Client) -> None:
    job_id = submit(http)["id"]
    with stream(http) as heard:
        begin = next(heard).id
        note(api, job_id, 3)
        first = next(heard)
    note(api, job_id, 1)

    for position, seqs in ((begin, [2, 3, 4, 5]), (first.id, [3, 4, 5])):
        with stream(http, position) as heard:
            assert next(heard).data == ""
            assert [next(heard).json()["seq"] for _ in seqs] == seqs


def test_a_stream_goes_on_after_the_end_of_a_job(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    with stream(http) as heard:
        next(heard)
        submit(http)
        WorkerByHand(api, tmp_path).succeed()
        submit(http)
        states = [next(heard).json()["data"]["state"] for _ in range(4)]

    assert states == ["queued", "running", "succeeded", "queued"]


def test_a_place_to_resume_at_that_is_none_is_refused(http: httpx2.Client) -> None:
    """To begin at the present instead would be a gap that nobody is told of."""
    reply = http.get("/v1/events", headers=STREAM | {"Last-Event-ID": "nonsense"})

    assert findings(reply, 400) == [("header Last-Event-ID", "bad_position")]


def test_who_names_a_place_that_is_yet_to_come_hears_from_now_on(http: httpx2.Client) -> None:
    submit(http)

    with stream(http, "999999999999999-1-") as heard:
        next(heard)
        new = submit(http)["id"]
        assert next(heard).json()["job_id"] == new
