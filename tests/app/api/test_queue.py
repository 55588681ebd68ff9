"""What waits and what runs, and who works; of others only how many."""

from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import update

from core import clock
from core.lifecycle import JobState
from core.store import workers
from core.store.tables import Worker
from tests.app.visiting import findings, submit, visitor
from tests.builders import ME, WORKER, a_claim, a_job, a_running_job, finish
from tests.live_api import LiveApi


def a_worker(api: LiveApi, worker_id: str = WORKER, gpus: int = 0, queue: str = workers.TRAIN) -> None:
    with api.database.writing() as session:
        workers.seen(session, worker_id, host="one", pid=1, gpus=gpus, slots=2, queue=queue)


def test_what_waits_is_in_the_order_of_its_turn(api: LiveApi, http: httpx2.Client) -> None:
    a_worker(api)
    made = [submit(http, name=str(priority), priority=priority)["id"] for priority in (10, 90, 50, 90)]

    found = http.get("/v1/queue").json()

    assert [(job["id"], job["position"]) for job in found["waiting"]] == [
        (made[1], 1), (made[3], 2), (made[2], 3), (made[0], 4)
    ]  # fmt: skip
    assert found["waiting_total"] == 4
    for job in found["waiting"]:
        alone = http.get(f"/v1/jobs/{job['id']}").json()
        assert (job["position"], job["queued_because"]) == (alone["queue_position"], alone["queued_because"])
    for job in found["waiting"]:
        claimed = a_claim(api.database)
        assert claimed is not None
        assert claimed.job_id == job["id"]
        finish(api.database, claimed)


@pytest.mark.parametrize(
    ("gpus", "asked", "because"),
    [(None, {}, "no worker is alive"), (0, {"resources": {"gpus": 1}}, "no worker has 1 GPU")],
)
def test_what_waits_says_why(
    api: LiveApi, http: httpx2.Client, gpus: int | None, asked: dict[str, object], because: str
) -> None:
    if gpus is not None:
        a_worker(api, gpus=gpus)
    submit(http, **asked)

    assert [job["queued_because"] for job in http.get("/v1/queue").json()["waiting"]] == [because]


def test_what_runs_says_where(api: LiveApi, http: httpx2.Client) -> None:
    a_worker(api)
    claimed = a_running_job(api.database, ME, name="busy")

    found = http.get("/v1/queue").json()
    shown = http.get("/v1/workers").json()["data"]

    (runs,) = found["running"]
    assert (runs["id"], runs["name"], runs["worker_id"], runs["host"]) == (
        claimed.job_id, "busy", WORKER, "host"
    )  # fmt: skip
    assert (found["running_total"], found["waiting"], found["waiting_total"]) == (1, [], 0)
    assert [(worker["id"], worker["host"], worker["slots"]) for worker in shown] == [(WORKER, "one", 2)]
    assert [(worker["alive"], worker["jobs"]) for worker in shown] == [(True, [claimed.job_id])]


def test_of_others_only_the_number_is_told(api: LiveApi, http: httpx2.Client) -> None:
    a_worker(api)
    theirs = a_running_job(api.database, "someone else").job_id
    waits = a_job(api.database, "someone else", priority=99, name="secret")
    mine = submit(http)["id"]

    found, shown = http.get("/v1/queue"), http.get("/v1/workers")

    for reply in (found, shown):
        assert theirs not in reply.text
        assert waits not in reply.text
        assert "secret" not in reply.text
    assert [(job["id"], job["position"]) for job in found.json()["waiting"]] == [(mine, 2)]
    assert (found.json()["running_of_others"], found.json()["waiting_of_others"]) == (1, 1)
    assert [(w["jobs"], w["jobs_of_others"]) for w in shown.json()["data"]] == [([], 1)]
    with visitor(api, api.make_key("admin", owner="the boss")) as admin:
        assert [job["id"] for job in admin.get("/v1/queue").json()["waiting"]] == [waits, mine]
        assert admin.get("/v1/workers").json()["data"][0]["jobs"] == [theirs]


def test_a_silent_worker_is_shown_as_such(api: LiveApi, http: httpx2.Client) -> None:
    a_worker(api, "wrk_silent")
    with api.database.writing() as session:
        session.execute(update(Worker).values(seen_at=clock.now() - timedelta(minutes=1)))
    a_worker(api, "wrk_here")

    found = http.get("/v1/workers").json()["data"]

    assert [(worker["id"], worker["alive"]) for worker in found] == [
        ("wrk_here", True),
        ("wrk_silent", False),
    ]


def test_a_worker_of_either_queue_is_shown_alive(api: LiveApi, http: httpx2.Client) -> None:
    a_worker(api, "wrk_a", queue=workers.TRAIN)
    a_worker(api, "wrk_b", queue=workers.LIGHT)

    found = http.get("/v1/workers").json()["data"]

    assert {worker["id"]: (worker["queue"], worker["alive"]) for worker in found} == {
        "wrk_a": ("train", True),
        "wrk_b": ("light", True),
    }


def test_what_has_ended_is_in_no_queue(api: LiveApi, http: httpx2.Client) -> None:
    finish(api.database, a_running_job(api.database, ME), JobState.FAILED)

    found = http.get("/v1/queue").json()

    assert (found["waiting"], found["running"], found["running_total"]) == ([], [], 0)


@pytest.mark.parametrize("limit", [1, 2])
def test_a_long_queue_is_cut(http: httpx2.Client, limit: int) -> None:
    for _ in range(3):
        submit(http)

    found = http.get(f"/v1/queue?limit={limit}").json()

    assert [job["position"] for job in found["waiting"]] == list(range(1, limit + 1))
    assert found["waiting_total"] == 3
    assert findings(http.get("/v1/queue?limit=1001")) == [("?limit", "less_than_equal")]
