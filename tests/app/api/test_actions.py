"""POST /v1/jobs/{id}/{action}: done, asked, already so, or refused; and on the version that was meant."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from core.errors import LeaseLost
from core.lifecycle import Action, JobState
from tests.app.visiting import findings, problem, submit, visitor
from tests.app.worker_by_hand import WorkerByHand
from tests.builders import ME, a_finished_job, a_job, a_running_job, act
from tests.live_api import LiveApi

UNKNOWN = "job_00000000000000000000000000"


def queued(api: LiveApi) -> str:
    return a_job(api.database, ME)


def running(api: LiveApi) -> str:
    return a_running_job(api.database, ME).job_id


def wished(action: Action) -> Callable[[LiveApi], str]:
    def make(api: LiveApi) -> str:
        job_id = running(api)
        act(api.database, job_id, action)
        return job_id

    return make


def paused(api: LiveApi) -> str:
    job_id = queued(api)
    act(api.database, job_id, Action.PAUSE)
    return job_id


def ended(state: JobState) -> Callable[[LiveApi], str]:
    return lambda api: a_finished_job(api.database, ME, to=state)


STATES: dict[str, Callable[[LiveApi], str]] = {
    "queued": queued,
    "running": running,
    "pausing": wished(Action.PAUSE),
    "stopping": wished(Action.STOP),
    "cancelling": wished(Action.CANCEL),
    "paused": paused,
    "succeeded": ended(JobState.SUCCEEDED),
    "failed": ended(JobState.FAILED),
    "cancelled": ended(JobState.CANCELLED),
}
# For each state: pause, resume, stop, cancel, retry. A word is the state after a 202, * is a 200, - a 409.
ANSWERS = {
    "queued": "paused     *        -         cancelled   -",
    "running": "pausing    *        stopping  cancelling  -",
    "pausing": "*          running  stopping  cancelling  -",
    "stopping": "-          -        *         cancelling  -",
    "cancelling": "-          -        -         *           -",
    "paused": "*          queued   -         cancelled   -",
    "succeeded": "-          -        -         -           -",
    "failed": "-          -        -         -           queued",
    "cancelled": "-          -        -         *           queued",
}
CASES = [
    (state, action, expected)
    for state, row in ANSWERS.items()
    for action, expected in zip(Action, row.split(), strict=True)
]


@pytest.mark.parametrize(("state", "action", "expected"), CASES)
def test_what_an_action_comes_to(
    api: LiveApi, http: httpx2.Client, state: str, action: Action, expected: str
) -> None:
    path = f"/v1/jobs/{STATES[state](api)}"
    before = http.get(path).json()
    assert before["state"] == state
    assert (action in before["allowed_actions"]) == (expected not in "*-")

    reply = http.post(f"{path}/{action}")

    after = http.get(path).json()
    if expected == "-":
        refused = problem(reply, 409)
        assert (refused["code"], refused["state"]) == ("conflict", state)
        assert refused["allowed_actions"] == before["allowed_actions"]
        assert after["state"] == state
    elif expected == "*":
        assert (reply.status_code, reply.json()["state"], after["state"]) == (200, state, state)
        assert reply.headers["etag"] == http.get(path).headers["etag"]
    else:
        assert (reply.status_code, reply.json()["state"], after["state"]) == (202, expected, expected)
        assert http.post(f"{path}/{action}").status_code == 200, "asked twice, it is so already"


@pytest.mark.parametrize("action", Action)
def test_who_has_no_such_job_learns_nothing(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client, action: Action
) -> None:
    theirs = submit(stranger)["id"]

    for job_id in (UNKNOWN, theirs, "job_1", "%00"):
        problem(http.post(f"/v1/jobs/{job_id}/{action}"), 404)
    assert stranger.get(f"/v1/jobs/{theirs}").json()["state"] == "queued"


@pytest.mark.parametrize("action", Action)
def test_a_version_that_has_passed_is_not_acted_on(api: LiveApi, http: httpx2.Client, action: Action) -> None:
    job_id = a_finished_job(api.database, ME, to=JobState.FAILED) if action is Action.RETRY else queued(api)
    path = f"/v1/jobs/{job_id}"
    before = http.get(path)

    refused = problem(http.post(f"{path}/{action}", headers={"If-Match": 'W/"0"'}), 412)

    assert refused["code"] == "changed"
    assert before.headers["etag"].replace('"', "") in refused["detail"].replace('"', "")
    assert http.get(path).headers["etag"] == before.headers["etag"]


@pytest.mark.parametrize("named", ["{etag}", "*", '"x", {etag}', "{bare}"])
def test_the_version_that_was_meant_is_acted_on(http: httpx2.Client, named: str) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    etag = http.get(path).headers["etag"]

    headers = {"If-Match": named.format(etag=etag, bare=etag.removeprefix("W/"))}
    assert http.post(f"{path}/pause", headers=headers).status_code == 202


def test_a_version_passes_with_every_change(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    etag = http.get(path).headers["etag"]
    WorkerByHand(api, tmp_path)

    problem(http.post(f"{path}/cancel", headers={"If-Match": etag}), 412)

    assert http.get(path).json()["state"] == "running"


def test_a_job_that_is_not_there_has_no_version_to_compare(http: httpx2.Client) -> None:
    problem(http.post(f"/v1/jobs/{UNKNOWN}/cancel", headers={"If-Match": "*"}), 404)


@pytest.mark.parametrize("named", ["", ",", "garbage"])
def test_a_version_that_can_be_none_is_not_acted_on(http: httpx2.Client, named: str) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"

    problem(http.post(f"{path}/cancel", headers={"If-Match": named}), 412)

    assert http.get(path).json()["state"] == "queued"


@pytest.mark.parametrize("sent", [{}, {"json": {}}])
def test_an_action_needs_no_body(http: httpx2.Client, sent: dict[str, Any]) -> None:
    assert http.post(f"/v1/jobs/{submit(http)['id']}/pause", **sent).status_code == 202


@pytest.mark.parametrize("action", Action)
def test_what_an_action_would_ignore_is_refused_and_nothing_is_done(
    http: httpx2.Client, action: Action
) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"

    reply = http.post(f"{path}/{action}", json={"x": 1, "y": {"z": 2}})

    assert findings(reply) == [("/x", "unknown_field"), ("/y", "unknown_field")]
    assert http.get(path).json()["state"] == "queued"


def test_who_may_not_act_learns_that_first(api: LiveApi, http: httpx2.Client) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    with visitor(api, api.make_key("read", owner=ME)) as reader:
        problem(reader.post(f"{path}/cancel", json={"x": 1}), 403)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_action_is_a_post(http: httpx2.Client, method: str) -> None:
    reply = http.request(method, f"/v1/jobs/{submit(http)['id']}/pause")

    problem(reply, 405)
    assert reply.headers["allow"] == "POST"


def test_there_is_no_other_action(http: httpx2.Client) -> None:
    problem(http.post(f"/v1/jobs/{submit(http)['id']}/explode"), 404)


def test_a_paused_job_does_not_run_and_does_not_count_its_time(
    api: LiveApi, http: httpx2.Client, tmp_path: Path
) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    worker = WorkerByHand(api, tmp_path)
    assert http.get(path).json()["wall_seconds"] is not None
    http.post(f"{path}/pause")
    worker.suspend()

    job = http.get(path).json()

    assert (job["state"], job["wall_seconds"], job["finished_at"]) == ("paused", None, None)
    assert (job["queue_position"], job["queued_because"]) == (None, None)
    assert job["poll_after_seconds"] > 0
    with pytest.raises(AssertionError, match="no job was queued"):
        WorkerByHand(api, tmp_path)


def test_a_retried_job_starts_afresh_and_counts_it(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    first = WorkerByHand(api, tmp_path)
    first.fail()

    job = http.post(f"{path}/retry").json()

    assert (job["state"], job["retries"], job["error"], job["finished_at"]) == ("queued", 1, None, None)
    assert job["queue_position"] == 1
    second = WorkerByHand(api, tmp_path)
    assert second.attempt.number == 2
    with pytest.raises(LeaseLost):
        first.phase("distil")
    second.succeed()
    assert http.get(path).json()["state"] == "succeeded"
