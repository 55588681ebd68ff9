"""A poll without a query takes a way of its own, and nobody can tell by the answer."""

import httpx2
import pytest

from tests.app.visiting import submit, visitor
from tests.live_api import LiveApi

UNKNOWN = "job_00000000000000000000000000"
VARYING = {"date", "x-request-id"}
GENERAL = {"wait": "0"}


def both(http: httpx2.Client, path: str, **headers: str) -> httpx2.Response:
    """The answer to the plain request, which must be that to one with a query."""
    plain, general = http.get(path, headers=headers), http.get(path, params=GENERAL, headers=headers)

    assert plain.status_code == general.status_code
    assert told(plain) == told(general)
    assert names(plain) == names(general)
    return plain


def told(reply: httpx2.Response) -> object:
    if reply.status_code == 304:
        return reply.content
    return {name: value for name, value in reply.json().items() if name != "request_id"}


def names(reply: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name not in VARYING | {"content-length"}}


def test_a_job_is_shown(http: httpx2.Client) -> None:
    job = submit(http)

    reply = both(http, f"/v1/jobs/{job['id']}")

    assert reply.status_code == 200
    assert reply.json()["id"] == job["id"]


def test_a_version_that_is_known_is_not(http: httpx2.Client) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"

    assert both(http, path, **{"If-None-Match": http.get(path).headers["etag"]}).status_code == 304
    assert both(http, path, **{"If-None-Match": 'W/"0"'}).status_code == 200


@pytest.mark.parametrize("job_id", [UNKNOWN, f"{UNKNOWN}%0A", UNKNOWN.lower(), "job_1"])
def test_a_job_that_is_not_there(http: httpx2.Client, job_id: str) -> None:
    assert both(http, f"/v1/jobs/{job_id}").status_code == 404


def test_who_may_not_see_it(api: LiveApi, http: httpx2.Client) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    callers = {
        None: 401,
        "dk_nobody_nothing": 401,
        api.make_key("submit"): 403,
        api.make_key("read", owner="somebody else"): 404,
    }

    for key, status in callers.items():
        with visitor(api, key) as caller:
            assert both(caller, path).status_code == status


def test_other_methods_take_the_general_way(http: httpx2.Client) -> None:
    reply = http.put(f"/v1/jobs/{UNKNOWN}")

    assert reply.status_code == 405
    assert reply.headers["allow"] == "GET, HEAD, PATCH, DELETE"
