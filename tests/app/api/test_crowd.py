"""Many callers at once: everything accepted is there, and nobody is told that it is our fault."""

from concurrent.futures import ThreadPoolExecutor

import httpx2

from tests.app.visiting import submit, visitor
from tests.builders import ME
from tests.live_api import LiveApi

CALLERS = 24


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


def test_of_many_cancels_one_is_the_first(api: LiveApi, http: httpx2.Client) -> None:
    job_id = submit(http)["id"]

    def cancel(_: int) -> int:
        return http.post(f"/v1/jobs/{job_id}/cancel").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(cancel, range(8)))

    assert statuses == [200] * 7 + [202]
