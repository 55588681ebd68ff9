"""Many callers at once: everything accepted is there, and nobody is told that it is our fault."""

from concurrent.futures import ThreadPoolExecutor

import httpx2

from tests.app.visiting import submit, visitor
from tests.builders import ME
from tests.live_api import LiveApi

CALLERS = 24
MORE_THAN_THREADS = 60


def test_what_was_accepted_is_there(api: LiveApi) -> None:
    key = api.make_key("read", "submit", owner=ME)

    def call(number: int) -> list[str]:
        with visitor(api, key) as http:
            made = [submit(http, name=f"{number}")["id"] for _ in range(4)]
            assert http.get("/v1/jobs", params={"limit": 100}).status_code == 200
            assert http.post(f"/v1/jobs/{made[0]}/cancel").status_code == 202
            return made

    with ThreadPoolExecutor(CALLERS) as pool:
        made = [job_id for found in pool.map(call, range(CALLERS)) for job_id in found]

    with visitor(api, key) as http:
        listed = http.get("/v1/jobs", params={"limit": 100}).json()["data"]
    assert sorted(job["id"] for job in listed) == sorted(made)
    assert sum(job["state"] == "cancelled" for job in listed) == CALLERS


def test_more_writers_than_threads_all_get_through(either_api: LiveApi) -> None:
    """Whoever holds the lock must find a thread for the next step, or all wait for each other."""
    key = either_api.make_key("read", "submit", owner=ME)

    def call(number: int) -> int:
        with visitor(either_api, key) as http:
            http.timeout = 60.0
            return http.post("/v1/jobs", json={}, headers={"Idempotency-Key": f"{number}"}).status_code

    with ThreadPoolExecutor(MORE_THAN_THREADS) as pool:
        assert set(pool.map(call, range(MORE_THAN_THREADS))) == {201}


def test_of_many_cancels_one_is_the_first(api: LiveApi, http: httpx2.Client) -> None:
    job_id = submit(http)["id"]

    def cancel(_: int) -> int:
        return http.post(f"/v1/jobs/{job_id}/cancel").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(cancel, range(8)))

    assert statuses == [200] * 7 + [202]
