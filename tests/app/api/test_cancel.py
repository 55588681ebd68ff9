"""POST /v1/jobs/{id}/cancel in each state."""

from pathlib import Path

import httpx2

from tests.app.visiting import problem, submit
from tests.app.worker_by_hand import WorkerByHand
from tests.builders import ME, a_finished_job
from tests.live_api import LiveApi


def test_a_waiting_job_is_cancelled_once(http: httpx2.Client) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"

    first = http.post(f"{path}/cancel")
    again = http.post(f"{path}/cancel")

    assert (first.status_code, first.json()["state"]) == (202, "cancelled")
    assert first.json()["allowed_actions"] == ["retry"]
    assert (again.status_code, again.json()) == (200, first.json())
    assert first.headers["etag"] == again.headers["etag"] == http.get(path).headers["etag"]


def test_a_running_job_is_on_its_way_until_its_worker_has_stopped(
    api: LiveApi, http: httpx2.Client, tmp_path: Path
) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    worker = WorkerByHand(api, tmp_path)
    assert http.get(path).json()["allowed_actions"] == ["pause", "stop", "cancel"]

    asked = http.post(f"{path}/cancel")
    again = http.post(f"{path}/cancel", json={})

    assert (asked.status_code, asked.json()["state"]) == (202, "cancelling")
    assert (again.status_code, again.json()["state"]) == (200, "cancelling")

    worker.succeed()
    assert http.get(path).json()["state"] == "cancelled"


def test_a_finished_job_cannot_be_cancelled(api: LiveApi, http: httpx2.Client) -> None:
    job_id = a_finished_job(api.database, ME)

    refused = problem(http.post(f"/v1/jobs/{job_id}/cancel"), 409)

    assert (refused["code"], refused["state"], refused["allowed_actions"]) == ("conflict", "succeeded", [])
    assert http.get(f"/v1/jobs/{job_id}").json()["state"] == "succeeded"
