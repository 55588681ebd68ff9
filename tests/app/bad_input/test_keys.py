"""Rows 55, 56 and 58 of the matrix of bad inputs: keys that don't count, or don't suffice, on every route."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from core import clock
from core.store import keys
from tests.app.visiting import problem, submit, visitor
from tests.live_api import LiveApi, live_api

UNKNOWN = {"job_id": "job_00000000000000000000000000", "section": "methods", "name": "x", "key_id": "0" * 12}
READ, SUBMIT, ADMIN = "read", "submit", "admin"


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """None of this depends on the database."""
    return one_api


@pytest.fixture
def anyone(api: LiveApi) -> Iterator[httpx2.Client]:
    with visitor(api, None) as client:
        yield client


def routes(http: httpx2.Client) -> list[tuple[str, str]]:
    """Method and path of everything below /v1, as the service itself describes it."""
    paths: dict[str, Any] = http.get("/openapi.json").json()["paths"]
    # What another parameter is called does not matter: nothing is found by it.
    filled = {path: "/".join(_filled(part) for part in path.split("/")) for path in paths}
    found = [(m.upper(), filled[path]) for path in paths if path.startswith("/v1/") for m in paths[path]]
    assert len(found) >= 25
    return found


def _filled(part: str) -> str:
    return UNKNOWN.get(part[1:-1], "x") if part.startswith("{") else part


def call(http: httpx2.Client, method: str, path: str, **options: Any) -> httpx2.Response:
    return http.request(method, path, json={} if method in ("POST", "PATCH") else None, **options)


def ended_keys(api: LiveApi) -> dict[str, str]:
    """Keys that counted once, and one that is wrong by a letter."""
    with api.database.writing() as session:
        revoked, key = keys.issue(session, "x", "local", keys.SCOPES)
        keys.revoke(session, revoked.id)
        past = clock.now() - timedelta(seconds=1)
        expired = keys.create(session, "x", "local", keys.SCOPES, past)
    wrong = api.key[:-1] + ("x" if api.key[-1] != "x" else "y")
    return {"revoked": f"Bearer {key}", "expired": f"Bearer {expired}", "wrong": f"Bearer {wrong}"}


def test_row_55_without_a_key_that_counts_no_route_answers(api: LiveApi, anyone: httpx2.Client) -> None:
    presented = {"none": "", "scheme": f"Basic {api.key}", "no scheme": api.key, **ended_keys(api)}

    for method, path in routes(anyone):
        for kind, authorization in presented.items():
            headers = {"Authorization": authorization} if authorization else {}
            reply = call(anyone, method, path, headers=headers)
            assert problem(reply, 401)["code"] == "unauthorized", (kind, method, path)
            assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "authorization", "Authorization"])
def test_row_55_a_key_in_the_query_never_counts(api: LiveApi, anyone: httpx2.Client, name: str) -> None:
    for method, path in routes(anyone):
        for value in (api.key, f"Bearer {api.key}"):
            reply = call(anyone, method, path, params={name: value})
            assert problem(reply, 401)["code"] == "unauthorized", (method, path)
            assert api.key not in reply.text


def test_row_56_a_key_without_the_scope_is_told_which_one_it_lacks(
    api: LiveApi, anyone: httpx2.Client
) -> None:
    """Every route asks for one scope: with it alone it answers, with any other one it does not."""
    visitors = {scope: visitor(api, api.make_key(scope)) for scope in keys.SCOPES}
    for method, path in routes(anyone):
        replies = {scope: call(http, method, path) for scope, http in visitors.items()}
        let_in = {scope for scope, reply in replies.items() if reply.status_code != 403}
        assert let_in in ({READ, ADMIN}, {SUBMIT, ADMIN}, {ADMIN}), (method, path)
        needed = next(iter(let_in - {ADMIN}), ADMIN)
        for scope in set(replies) - let_in:
            refused = problem(replies[scope], 403)
            assert (refused["code"], f"'{needed}'" in refused["detail"]) == ("forbidden", True), path
    for http in visitors.values():
        http.close()


@pytest.fixture
def strict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveApi]:
    """A service of this test's own, where a key may ask ten times, and then once in a thousand seconds."""
    monkeypatch.setenv("DISTILLERY_RATE_PER_SECOND", "0.001")
    monkeypatch.setenv("DISTILLERY_RATE_BURST", "10")
    with live_api(tmp_path / "home") as running:
        yield running


def test_row_58_a_key_that_asks_too_often_is_told_when_to_come_back(strict: LiveApi) -> None:
    with visitor(strict, strict.make_key("read", "submit", owner="me")) as http:
        for _ in range(10):
            submit(http)

        for reply in (
            http.get("/v1/jobs"),
            http.post("/v1/jobs", json={}),
            http.post("/v1/jobs", content=b"{"),
        ):
            assert problem(reply, 429)["code"] == "rate_limited"
            assert 0 < int(reply.headers["retry-after"]) <= 1000
        assert http.get("/healthz").status_code == 200
    with visitor(strict, strict.key) as other:
        assert len(other.get("/v1/jobs").json()["data"]) == 10


def spellings(key: str) -> Iterator[str]:
    """Authorization headers of one key."""
    schemes = ["Bearer", "bearer", "BEARER", "bEARER"]
    return (f"{scheme}{' ' * blanks}{key}" for blanks in range(1, 9) for scheme in schemes)


def test_row_58_one_key_has_one_limit_however_it_is_spelled(strict: LiveApi) -> None:
    with visitor(strict, None) as http:
        statuses = [
            http.get("/v1/catalog", headers={"Authorization": spelled}).status_code
            for spelled in spellings(strict.key)
        ]

    assert statuses == [200] * 10 + [429] * 22


def test_row_58_a_key_that_only_ever_asks_wrongly_is_limited_too(strict: LiveApi) -> None:
    with visitor(strict, strict.key) as http:
        statuses = [http.post("/v1/jobs", json={"no": 1}).status_code for _ in range(12)]

    assert statuses == [422] * 10 + [429] * 2


def test_row_58_guessing_keys_is_refused_and_does_not_shut_out_who_has_one(strict: LiveApi) -> None:
    with visitor(strict, strict.key) as known, visitor(strict, None) as guesser:
        assert known.get("/v1/catalog").status_code == 200
        statuses = [guesser.get("/v1/jobs").status_code for _ in range(3)]
        assert statuses == [401, 401, 401]

        replies = [
            guesser.get("/v1/jobs", headers={"Authorization": f"Bearer dk_{n:012x}_x"}) for n in range(1500)
        ]

        refused = [reply for reply in replies if reply.status_code == 429]
        assert {reply.status_code for reply in replies} == {401, 429}
        assert problem(refused[-1], 429)["code"] == "rate_limited"
        assert int(refused[-1].headers["retry-after"]) == 1
        assert known.get("/v1/jobs").status_code == 200
