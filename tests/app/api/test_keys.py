"""Keys over HTTP: made by admins, shown once, revoked at once."""

from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest

from core import clock
from tests.app.visiting import findings, problem, visitor
from tests.builders import ME
from tests.live_api import LiveApi

ASKED = {"name": "notebook", "owner": ME, "scopes": ["read", "submit"]}


@pytest.fixture
def admin(api: LiveApi) -> Iterator[httpx2.Client]:
    with visitor(api, api.make_key("admin", owner="the boss")) as client:
        yield client


def every_key(admin: httpx2.Client, limit: int = 100) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    query = f"limit={limit}"
    while True:
        page = admin.get(f"/v1/keys?{query}").json()
        found += page["data"]
        if not page["has_more"]:
            return found
        query = f"limit={limit}&cursor={page['next_cursor']}"


def test_a_key_is_made_shown_once_and_works(api: LiveApi, admin: httpx2.Client) -> None:
    expires_at = clock.now() + timedelta(days=1)

    made = admin.post("/v1/keys", json=ASKED | {"expires_at": expires_at.isoformat()})

    assert made.status_code == 201
    key = made.json()
    assert key["key"].startswith(f"dk_{key['id']}_")
    with visitor(api, key["key"]) as http:
        assert http.post("/v1/jobs", json={}).json()["owner"] == ME
        problem(http.get("/v1/keys"), 403)
    listed = {one["id"]: one for one in every_key(admin)}
    assert "key" not in listed[key["id"]]
    assert key["key"] not in admin.get("/v1/keys").text
    assert listed[key["id"]]["scopes"] == ["read", "submit"]
    assert listed[key["id"]]["expires_at"] == expires_at.isoformat().replace("+00:00", "Z")


def test_a_revoked_key_counts_no_more_from_that_moment(api: LiveApi, admin: httpx2.Client) -> None:
    key = admin.post("/v1/keys", json=ASKED).json()
    with visitor(api, key["key"]) as http:
        assert http.get("/v1/jobs").status_code == 200

        assert admin.delete(f"/v1/keys/{key['id']}").status_code == 204

        problem(http.get("/v1/jobs"), 401)
        problem(http.post("/v1/jobs", json={}), 401)
    problem(admin.delete(f"/v1/keys/{key['id']}"), 404)
    revoked = {one["id"]: one["revoked_at"] for one in every_key(admin)}
    assert revoked[key["id"]] is not None


def test_a_request_that_is_repeated_makes_one_key_and_shows_its_secret_once(admin: httpx2.Client) -> None:
    before = len(every_key(admin))
    headers = {"Idempotency-Key": f"key-{admin.base_url}"}

    first, again = (admin.post("/v1/keys", json=ASKED, headers=headers) for _ in range(2))

    assert again.json() == first.json() | {"key": None}
    assert again.headers["idempotency-replayed"] == "true"
    assert len(every_key(admin)) == before + 1


def test_keys_are_listed_page_by_page(admin: httpx2.Client) -> None:
    for number in range(3):
        admin.post("/v1/keys", json=ASKED | {"name": f"key {number}"})

    listed = [one["id"] for one in every_key(admin)]
    assert listed == sorted(listed)
    assert [one["id"] for one in every_key(admin, 2)] == listed
    for cursor in ("x", "%00", "0" * 13, "x" * 101):
        assert [place for place, _ in findings(admin.get(f"/v1/keys?cursor={cursor}"))] == ["?cursor"]


@pytest.mark.parametrize("odd", ["1", "%00", "000000000000", "dk_0123456789ab", "x" * 5000, "%F0%9F%98%80"])
def test_a_key_that_is_none_can_not_be_revoked(admin: httpx2.Client, odd: str) -> None:
    problem(admin.delete(f"/v1/keys/{odd}"), 404)


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ({"scopes": []}, [("/scopes", "too_short")]),
        ({"scopes": ["write"]}, [("/scopes/0", "literal_error")]),
        ({"scopes": "read"}, [("/scopes", "list_type")]),
        ({"name": " "}, [("/name", "blank")]),
        ({"owner": "x" * 65}, [("/owner", "string_too_long")]),
        ({"owner": None}, [("/owner", "string_type")]),
        ({"secret": "x"}, [("/secret", "unknown_field")]),
        ({"expires_at": "2020-01-01T00:00:00Z"}, [("/expires_at", "not_in_the_future")]),
        ({"expires_at": "2120-01-01T00:00:00"}, [("/expires_at", "datetime")]),
        ({"expires_at": "2120-01-01"}, [("/expires_at", "datetime")]),
        ({"expires_at": "9999-12-31T23:59:59-01:00"}, [("/expires_at", "datetime")]),
        ({"expires_at": 4102444800}, [("/expires_at", "datetime")]),
    ],
)
def test_a_key_that_can_not_be_is_refused(
    admin: httpx2.Client, wrong: dict[str, object], found: list[tuple[str, str]]
) -> None:
    assert findings(admin.post("/v1/keys", json=ASKED | wrong)) == found


def test_a_scope_that_is_given_twice_counts_once(admin: httpx2.Client) -> None:
    made = admin.post("/v1/keys", json=ASKED | {"scopes": ["read", "read", "read"]}).json()

    assert made["scopes"] == ["read"]
