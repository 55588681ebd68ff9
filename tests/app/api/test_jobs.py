"""Lists, reading one job, and cancelling it."""

import math
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import update

from core.errors import BY_CODE
from core.store.tables import Job
from tests.app.visiting import findings, submit
from tests.app.worker_by_hand import SUMMARY, WorkerByHand
from tests.builders import ME, a_finished_job, a_job, a_running_job
from tests.live_api import LiveApi


def names(reply: httpx2.Response) -> list[str | None]:
    assert reply.status_code == 200, reply.text
    return [job["name"] for job in reply.json()["data"]]


def many(api: LiveApi, count: int) -> list[str]:
    """Names of as many jobs, newest first."""
    made = [f"jöb {number}" for number in range(count)]
    for name in made:
        a_job(api.database, ME, name=name)
    return made[::-1]


def test_a_list_is_short_and_newest_first(api: LiveApi, http: httpx2.Client) -> None:
    made = many(api, 25)

    reply = http.get("/v1/jobs")

    page = reply.json()
    assert names(reply) == made[:20]
    assert page["has_more"] is True
    assert {"spec", "resolved_spec", "origins"} & set(page["data"][0]) == set()


def test_links_lead_through_all_pages(api: LiveApi, http: httpx2.Client) -> None:
    made = many(api, 7)
    reply = http.get("/v1/jobs", params={"limit": 3, "q": "jöb", "state": ["queued", "running"]})

    seen = names(reply)
    while "link" in reply.headers:
        address, relation = reply.headers["link"].split(";")
        assert relation.strip() == 'rel="next"'
        following = address.strip("<>")
        query = parse_qs(urlsplit(following).query)
        assert (query["limit"], query["q"], query["state"]) == (["3"], ["jöb"], ["queued", "running"])
        many(api, 1)  # what arrives meanwhile shifts nothing
        reply = http.get(following)
        seen += names(reply)

    assert seen == made
    assert (reply.json()["has_more"], reply.json()["next_cursor"]) == (False, None)


def test_a_list_may_be_empty(http: httpx2.Client) -> None:
    assert http.get("/v1/jobs").json() == {"data": [], "has_more": False, "next_cursor": None}


def test_a_list_can_be_cut(api: LiveApi, http: httpx2.Client) -> None:
    a_finished_job(api.database, ME, name="done")
    a_running_job(api.database, ME, name="busy")
    a_job(api.database, ME, name="waiting")

    assert names(http.get("/v1/jobs", params={"state": "succeeded"})) == ["done"]
    assert names(http.get("/v1/jobs?state=queued&state=running")) == ["waiting", "busy"]
    assert names(http.get("/v1/jobs", params={"q": "US"})) == ["busy"]
    assert names(http.get("/v1/jobs", params={"limit": 1})) == ["waiting"]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("limit=0", "?limit"),
        ("limit=101", "?limit"),
        ("limit=x", "?limit"),
        ("limit=", "?limit"),
        ("cursor=x", "?cursor"),
        ("cursor=", "?cursor"),
        ("cursor=wrk_00000000000000000000000000", "?cursor"),
        ("state=done", "?state"),
        ("q=" + "x" * 201, "?q"),
        ("page=2", "?page"),
        ("page=2&page=3", "?page"),
    ],
)
def test_a_cut_that_makes_no_sense_is_refused(http: httpx2.Client, query: str, place: str) -> None:
    assert [found for found, _ in findings(http.get(f"/v1/jobs?{query}"))] == [place]


def test_an_unchanged_job_is_not_sent_again(http: httpx2.Client) -> None:
    job = submit(http)
    path = f"/v1/jobs/{job['id']}"
    etag = http.get(path).headers["etag"]
    assert etag.startswith('W/"')

    again = http.get(path, headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag


@pytest.mark.parametrize("known", ['W/"0"', '"x"', "garbage", "", 'W/"0", "x"'])
def test_another_version_is_sent_whole(http: httpx2.Client, known: str) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"

    assert http.get(path, headers={"If-None-Match": known}).status_code == 200


def test_a_version_is_known_in_any_way_that_it_may_be_named(http: httpx2.Client) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    etag = http.get(path).headers["etag"]

    for known in (f'"x", {etag}', etag.removeprefix("W/"), "*", f"{etag},"):
        assert http.get(path, headers={"If-None-Match": known}).status_code == 304, known


def test_every_change_has_a_version_of_its_own(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    seen = [http.get(path).headers["etag"]]

    worker = WorkerByHand(api, tmp_path)
    seen.append(http.get(path).headers["etag"])
    worker.phase("distil")
    seen.append(http.get(path).headers["etag"])
    worker.succeed()
    seen.append(http.get(path).headers["etag"])

    assert len(set(seen)) == len(seen)


def test_a_place_in_the_queue_is_no_change_of_the_job(http: httpx2.Client) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    etag = http.get(path).headers["etag"]

    submit(http, priority=100)

    assert http.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert http.get(path).json()["queue_position"] == 2


def test_a_running_job_shows_how_far_it_is(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    worker = WorkerByHand(api, tmp_path)
    worker.progress(3, 10)

    job = http.get(path).json()

    assert (job["state"], job["phase"], job["attempt"]) == ("running", "distil", 1)
    assert job["progress"] == {
        "fraction": 0.3, "epoch": 3, "epochs": 10, "images_per_second": 1234.5, "eta_seconds": 42.0,
    }  # fmt: skip
    assert (job["queue_position"], job["queued_because"]) == (None, None)
    assert job["poll_after_seconds"] > 0
    assert job["wall_seconds"] >= 0


def test_a_finished_job_shows_what_was_gained(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    WorkerByHand(api, tmp_path).succeed()

    job = http.get(path).json()

    assert (job["state"], job["phase"], job["poll_after_seconds"]) == ("succeeded", None, 0)
    shown = {**SUMMARY, "teacher_mse": None, "student_mse": None}  # which only a regression has
    assert job["summary"] == shown
    assert job["finished_at"] >= job["started_at"] >= job["created_at"]
    assert job["wall_seconds"] == pytest.approx(http.get(path).json()["wall_seconds"])
    assert http.get("/v1/jobs").json()["data"][0]["summary"] == shown


def test_a_failed_job_says_why(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    WorkerByHand(api, tmp_path).fail()

    error = http.get(path).json()["error"]

    assert set(error) == {"code", "detail", "phase", "attempt", "retryable", "hint"}
    assert error["code"] in BY_CODE


def test_times_are_in_utc_as_rfc_3339_says(http: httpx2.Client) -> None:
    assert submit(http)["created_at"].endswith("Z")


def test_a_job_of_an_older_release_can_still_be_read(api: LiveApi, http: httpx2.Client) -> None:
    """Its spec has a field that is no longer known: what is stored can always be shown."""
    job_id = submit(http)["id"]
    with api.database.writing() as session:
        session.execute(update(Job).values(spec={"optimisation": {"epochs": 3}}))

    assert http.get(f"/v1/jobs/{job_id}").json()["spec"] == {"optimisation": {"epochs": 3}}
    assert http.post(f"/v1/jobs/{job_id}/cancel").status_code == 202


def test_what_a_worker_of_another_release_wrote_can_still_be_listed(
    api: LiveApi, http: httpx2.Client
) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    with api.database.writing() as session:
        odd = {"progress": {"eta_seconds": math.inf, "new": 1}, "summary": {}, "error": {"code": "new\0code"}}
        session.execute(update(Job).values(**odd))

    job, (row,) = http.get(path).json(), http.get("/v1/jobs").json()["data"]

    assert job["progress"] == row["progress"]
    assert (job["progress"]["fraction"], job["progress"]["eta_seconds"]) == (0.0, None)
    assert (job["error"]["code"], job["error"]["retryable"]) == ("new\ufffdcode", False)
