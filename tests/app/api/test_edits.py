"""Jobs that are there: another name, other tags, another priority; and no job any more."""

from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select

from core.store import blobs
from core.store.tables import Event, JobTag, Metric
from tests.app.visiting import findings, problem, submit
from tests.app.worker_by_hand import WorkerByHand
from tests.builders import ME, a_claim, a_finished_job, a_job, a_running_job
from tests.live_api import LiveApi


def kinds(http: httpx2.Client, job_id: str) -> list[str]:
    return [event["kind"] for event in http.get(f"/v1/jobs/{job_id}/events").json()["data"]]


def test_what_is_sent_changes_and_the_rest_stays(http: httpx2.Client) -> None:
    job = submit(http, name="old", tags=["a", "b"], priority=10, seed=3)

    changed = http.patch(f"/v1/jobs/{job['id']}", json={"name": "new", "tags": ["c"]}).json()

    assert (changed["name"], changed["tags"], changed["priority"]) == ("new", ["c"], 10)
    assert changed["spec"] == job["spec"] | {"name": "new", "tags": ["c"]}
    assert changed["resolved_spec"] == job["resolved_spec"] | {"name": "new", "tags": ["c"]}
    assert {p: o for p, o in changed["origins"].items() if p.startswith("/tags")} == {"/tags/0": "given"}
    assert http.get(f"/v1/jobs/{job['id']}").json() == changed
    assert [len(http.get(f"/v1/jobs?tag={tag}").json()["data"]) for tag in "abc"] == [0, 0, 1]


def test_null_gives_the_default_back(http: httpx2.Client) -> None:
    job = submit(http, name="x", tags=["a"], priority=10)
    nothing = {"name": None, "tags": None, "priority": None}

    changed = http.patch(f"/v1/jobs/{job['id']}", json=nothing).json()

    assert (changed["name"], changed["tags"], changed["priority"]) == (None, [], 50)


def test_a_change_is_a_version_and_an_event(http: httpx2.Client) -> None:
    job_id = submit(http)["id"]
    path = f"/v1/jobs/{job_id}"
    etag = http.get(path).headers["etag"]

    reply = http.patch(path, json={"priority": 90})

    assert reply.headers["etag"] == http.get(path).headers["etag"] != etag
    last = http.get(f"{path}/events").json()["data"][-1]
    assert (last["kind"], last["data"]) == ("edited", {"priority": 90})


@pytest.mark.parametrize("same", [{}, {"name": "x"}, {"tags": ["a"], "priority": 50}])
def test_what_is_so_already_is_no_change(http: httpx2.Client, same: dict[str, object]) -> None:
    path = f"/v1/jobs/{submit(http, name='x', tags=['a'])['id']}"
    etag = http.get(path).headers["etag"]

    assert http.patch(path, json=same).headers["etag"] == etag


def test_a_higher_priority_is_claimed_next(api: LiveApi, http: httpx2.Client) -> None:
    submit(http)
    second = submit(http)["id"]

    assert http.patch(f"/v1/jobs/{second}", json={"priority": 51}).json()["queue_position"] == 1

    claimed = a_claim(api.database)
    assert claimed is not None
    assert claimed.job_id == second


@pytest.mark.parametrize("make", [a_finished_job, lambda db, owner: a_running_job(db, owner).job_id])
def test_a_job_can_be_renamed_in_any_state(api: LiveApi, http: httpx2.Client, make: object) -> None:
    job_id = make(api.database, ME)  # type: ignore[operator]
    before = http.get(f"/v1/jobs/{job_id}").json()

    after = http.patch(f"/v1/jobs/{job_id}", json={"name": "new"}).json()

    assert (after["name"], after["state"]) == ("new", before["state"])


def test_only_the_version_that_is_named_is_changed(http: httpx2.Client) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    etag = http.get(path).headers["etag"]

    assert http.patch(path, json={"name": "a"}, headers={"If-Match": etag}).status_code == 200
    problem(http.patch(path, json={"name": "b"}, headers={"If-Match": etag}), 412)
    assert http.get(path).json()["name"] == "a"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"nmae": "x"}, [("/nmae", "unknown_field")]),
        ({"seed": 1}, [("/seed", "unknown_field")]),
        ({"state": "succeeded"}, [("/state", "unknown_field")]),
        ({"priority": 101}, [("/priority", "less_than_equal")]),
        ({"priority": "9"}, [("/priority", "int_type")]),
        ({"priority": True}, [("/priority", "int_type")]),
        ({"name": ""}, [("/name", "string_too_short")]),
        ({"name": "@last"}, [("/name", "name_reserved")]),
        ({"tags": [str(n) for n in range(33)]}, [("/tags", "too_long")]),
        ({"tags": "a"}, [("/tags", "list_type")]),
        ({"tags": [""], "name": ""}, [("/name", "string_too_short"), ("/tags/0", "string_too_short")]),
        ([], [("", "object_type")]),
        ("x", [("", "object_type")]),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused_at_once(
    http: httpx2.Client, asked: object, found: list[tuple[str, str]]
) -> None:
    job_id = submit(http)["id"]

    assert findings(http.patch(f"/v1/jobs/{job_id}", json=asked)) == found
    assert kinds(http, job_id) == ["state"]


def test_a_typo_is_answered_with_a_guess(http: httpx2.Client) -> None:
    reply = http.patch(f"/v1/jobs/{submit(http)['id']}", json={"priorty": 1})

    assert problem(reply, 422)["errors"][0]["did_you_mean"] == "priority"


def test_a_deleted_job_is_gone_with_all_its_rows(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    job_id = submit(http, tags=["a"])["id"]
    worker = WorkerByHand(api, tmp_path)
    worker.metrics(1, validation_accuracy=0.5)
    digest = worker.artifact("student.safetensors", b"weights")
    worker.succeed()

    reply = http.delete(f"/v1/jobs/{job_id}")

    assert (reply.status_code, reply.content) == (204, b"")
    for path in ("", "/events", "/metrics", "/artifacts", "/checkpoint"):
        problem(http.get(f"/v1/jobs/{job_id}{path}"), 404)
    problem(http.delete(f"/v1/jobs/{job_id}"), 404)
    assert http.get("/v1/jobs").json()["data"] == []
    with api.database.reading() as session:
        for table in (Event, Metric, JobTag):
            assert session.scalar(select(func.count()).where(table.job_id == job_id)) == 0
        assert blobs.named(session, [digest]) == set()  # so that the sweeper takes the file


def test_only_a_job_that_has_ended_can_be_deleted(api: LiveApi, http: httpx2.Client) -> None:
    waiting, running = a_job(api.database, ME), a_running_job(api.database, ME).job_id

    for job_id, state, allowed in (
        (waiting, "queued", ["pause", "cancel"]), (running, "running", ["pause", "stop", "cancel"])
    ):  # fmt: skip
        refused = problem(http.delete(f"/v1/jobs/{job_id}"), 409)
        assert (refused["state"], refused["allowed_actions"]) == (state, allowed)
        assert http.get(f"/v1/jobs/{job_id}").status_code == 200


def test_only_the_version_that_is_named_is_deleted(api: LiveApi, http: httpx2.Client) -> None:
    path = f"/v1/jobs/{a_finished_job(api.database, ME)}"

    problem(http.delete(path, headers={"If-Match": 'W/"0"'}), 412)
    assert http.delete(path, headers={"If-Match": http.get(path).headers["etag"]}).status_code == 204


def test_nobody_changes_or_deletes_anothers_job(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client
) -> None:
    path = f"/v1/jobs/{a_finished_job(api.database, ME)}"

    problem(stranger.patch(path, json={"name": "mine"}), 404)
    problem(stranger.delete(path), 404)
    assert http.get(path).json()["name"] is None


def test_a_merge_patch_may_be_sent_as_one(http: httpx2.Client) -> None:
    job = submit(http, name="old")
    sent = {"Content-Type": "application/merge-patch+json"}

    changed = http.patch(f"/v1/jobs/{job['id']}", content=b'{"name": "new"}', headers=sent)
    cloned = http.post(f"/v1/jobs/{job['id']}/clone", content=b'{"name": "copy"}', headers=sent)

    assert (changed.status_code, changed.json()["name"]) == (200, "new")
    assert (cloned.status_code, cloned.json()["name"]) == (201, "copy")
    problem(http.patch(f"/v1/jobs/{job['id']}", content=b"{}", headers={"Content-Type": "text/json"}), 415)
