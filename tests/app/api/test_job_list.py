"""Lists of jobs over HTTP: filters, orders, and cursors that only mean something in their own list."""

import base64
import json
from datetime import timedelta

import httpx2
import pytest

from app.schemas.jobs import JobList, JobRow
from core import clock
from core.store import attempts, jobs
from core.store.listing import Sort
from tests.app.visiting import findings, submit, visitor
from tests.builders import a_finished_job, a_running_job
from tests.live_api import LiveApi

UNKNOWN = "job_00000000000000000000000000"


def names(reply: httpx2.Response) -> list[str | None]:
    assert reply.status_code == 200, reply.text
    return [job["name"] for job in reply.json()["data"]]


def test_tags_narrow_a_list(http: httpx2.Client) -> None:
    submit(http, name="a", tags=["a"])
    submit(http, name="both", tags=["a", "b"])

    assert names(http.get("/v1/jobs?tag=a")) == ["both", "a"]
    assert names(http.get("/v1/jobs?tag=a&tag=b")) == ["both"]
    assert names(http.get("/v1/jobs?tag=c")) == []


def test_times_narrow_a_list(http: httpx2.Client) -> None:
    submit(http, name="early")
    between = clock.now()
    submit(http, name="late")

    assert names(http.get("/v1/jobs", params={"created_after": between.isoformat()})) == ["late"]
    assert names(http.get("/v1/jobs", params={"created_before": between.isoformat()})) == ["early"]
    assert names(http.get("/v1/jobs?created_after=2020-01-01t00:00:00.123456789z")) == ["late", "early"]


def test_the_highest_priority_may_come_first(http: httpx2.Client) -> None:
    for name, priority in (("low", 10), ("high", 90), ("middle", 50)):
        submit(http, name=name, priority=priority)

    assert names(http.get("/v1/jobs?sort=-priority")) == ["high", "middle", "low"]
    assert names(http.get("/v1/jobs?sort=priority")) == ["low", "middle", "high"]
    assert names(http.get("/v1/jobs?sort=created_at")) == ["low", "high", "middle"]


@pytest.mark.parametrize("sort", Sort)
def test_links_lead_through_every_order(http: httpx2.Client, sort: str) -> None:
    made = {submit(http, priority=priority, tags=["a"])["id"] for priority in (1, 2, 2)}

    seen, address = [], f"/v1/jobs?limit=1&sort={sort}&tag=a&created_after=2020-01-01T00:00:00%2B02:00"
    while address:
        reply = http.get(address)
        seen += [job["id"] for job in reply.json()["data"]]
        address = reply.headers.get("link", "").partition(">")[0].removeprefix("<")

    assert sorted(seen) == sorted(made)
    keys = [(row["priority"], row["id"]) for row in http.get(f"/v1/jobs?sort={sort}").json()["data"]]
    if "priority" in sort:
        assert keys == sorted(keys, reverse=sort.startswith("-"))


OTHER_LISTS = [
    "sort=created_at", "sort=-priority", "state=queued", "tag=a", "q=x", "created_after=2020-01-01T00:00:00Z",
    "created_before=2120-01-01T00:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("other", OTHER_LISTS)
def test_row_61_a_cursor_of_another_list_is_refused(http: httpx2.Client, other: str) -> None:
    submit(http), submit(http)
    cursor = http.get("/v1/jobs?limit=1").json()["next_cursor"]

    assert findings(http.get(f"/v1/jobs?limit=1&cursor={cursor}&{other}")) == [("?cursor", "bad_cursor")]
    assert http.get(f"/v1/jobs?limit=100&cursor={cursor}").status_code == 200  # the same list, cut elsewhere


def test_row_61_anothers_cursor_shows_nothing_of_theirs(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client
) -> None:
    submit(http), submit(http)
    cursor = http.get("/v1/jobs?limit=1").json()["next_cursor"]

    for scope in ("read", "admin"):
        with visitor(api, api.make_key(scope, owner="someone else")) as other:
            assert findings(other.get(f"/v1/jobs?cursor={cursor}")) == [("?cursor", "bad_cursor")]


def forged(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "=", "e30", "bnVsbA", "%00", "..%2f", "%F0%9F%98%80", UNKNOWN, "W1tbW1tb", "x" * 200,
        forged(), forged(None, UNKNOWN), forged(None, UNKNOWN, "0" * 16), forged(None, None, None),
        forged(1e999, UNKNOWN, ""), forged({}, [], {}), forged(None, UNKNOWN, None, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("sort", ["-created_at", "-priority", "updated_at"])
def test_row_61_a_forged_cursor_is_refused(http: httpx2.Client, sort: str, cursor: str) -> None:
    submit(http)

    assert findings(http.get(f"/v1/jobs?sort={sort}&cursor={cursor}")) == [("?cursor", "bad_cursor")]


@pytest.mark.parametrize(
    "key", ["x", 1, None, 50.0, True, [], "2026-01-01", "9999-12-31T23:59:59-23:00", 10**30]
)
@pytest.mark.parametrize("sort", ["-created_at", "-priority", "updated_at"])
def test_row_61_a_sort_key_that_is_forged_is_refused_or_leads_somewhere(
    http: httpx2.Client, sort: str, key: object
) -> None:
    """The rest of the cursor is sound. Whatever it names, the caller sees its own jobs only."""
    submit(http), submit(http)
    sound = http.get(f"/v1/jobs?limit=1&sort={sort}").json()["next_cursor"]
    _, job_id, digest = json.loads(base64.urlsafe_b64decode(sound + "=="))

    reply = http.get(f"/v1/jobs?sort={sort}&cursor={forged(key, job_id, digest)}")

    assert reply.status_code in (200, 422), reply.text


@pytest.mark.parametrize(
    "moment",
    [
        "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01", "1767225600",
        "2026-02-30T00:00:00Z", "2026-01-01T24:30:00Z", "2026-01-01T00:00:00 02:00",
        "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00",
        "now", "", "%00", "-1", "NaN", "2026-01-01T00:00:00%2B99:00",
        "\u0662026-01-01T00:00:00Z", "2026-W01-1T00:00:00Z",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["created_after", "created_before"])
def test_row_62_a_time_that_is_none(http: httpx2.Client, name: str, moment: str) -> None:
    assert findings(http.get(f"/v1/jobs?{name}={moment}")) == [(f"?{name}", "datetime")]


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1969-07-20T20:17:40Z"]
)
def test_row_62_the_first_and_the_last_moment(http: httpx2.Client, moment: str) -> None:
    submit(http)

    found = [
        len(http.get("/v1/jobs", params={n: moment}).json()["data"])
        for n in ("created_after", "created_before")
    ]

    assert sorted(found) == [0, 1]


def test_row_62_a_period_that_ends_before_it_begins(http: httpx2.Client) -> None:
    now = clock.now()
    for later in (timedelta(0), timedelta(days=1)):
        period = {"created_after": (now + later).isoformat(), "created_before": now.isoformat()}
        assert findings(http.get("/v1/jobs", params=period)) == [("?created_before", "empty_period")]


@pytest.mark.parametrize("query", ["sort=size", "sort=", "tag=", "tag=%00", "tag=%20", "tag=" + "x" * 65])
def test_an_order_or_tag_that_can_not_be(http: httpx2.Client, query: str) -> None:
    assert [place for place, _ in findings(http.get(f"/v1/jobs?{query}"))] == [f"?{query.partition('=')[0]}"]


def test_a_row_is_as_it_would_be_written_anew(api: LiveApi, http: httpx2.Client) -> None:
    """Rows are kept in words: none may be older than the job, and none differ from what a row is."""
    attempt = a_running_job(api.database, name="größer", tags=["a"])
    made = [attempt.job_id, a_finished_job(api.database), submit(http)["id"]]

    for progress in (None, {"fraction": 0.5, "epoch": 1}):
        with api.database.writing() as session:
            attempts.beat(session, attempt, progress=progress)
        with api.database.reading() as session:
            rows = [JobRow.of(jobs.get(session, job_id, None)) for job_id in reversed(made)]
        expected = JobList(data=rows, has_more=False, next_cursor=None)
        assert http.get("/v1/jobs").text == expected.model_dump_json()
    http.post(f"/v1/jobs/{attempt.job_id}/cancel")
    assert http.get("/v1/jobs").json()["data"][2]["state"] == "cancelling"
