"""Who may ask for what: every route, with every kind of key."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import text, update

from core import clock
from core.store import keys
from core.store.tables import ApiKey
from tests.app.visiting import problem, same_but_for, submit, visitor
from tests.builders import ME, a_job
from tests.live_api import LiveApi

OPEN = {"/healthz", "/readyz"}
UNKNOWN = "job_00000000000000000000000000"
KEYS = {("POST", "/v1/keys"), ("GET", "/v1/keys"), ("DELETE", "/v1/keys/000000000000")}
# Questions that are too long for an address.
ASKING = {"/v1/jobs/validate", "/v1/metrics/query", f"/v1/jobs/{UNKNOWN}/predict"}
FORMS = ("/v1/datasets", "/v1/models", "/predict")


def routes(http: httpx2.Client, job_id: str) -> Iterator[tuple[str, str]]:
    """Method and path of everything that needs a key, as the service itself describes it."""
    document = http.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method in methods:
            if path not in OPEN:
                filled = path.replace("{job_id}", job_id).replace("{section}", "methods")
                filled = filled.replace("{key_id}", "000000000000")
                yield method.upper(), filled.replace("{name}", "student.pt")


def call(http: httpx2.Client, method: str, path: str, **options: object) -> httpx2.Response:
    if method == "POST" and path.endswith(FORMS):
        return http.post(path, files={"file": ("file", b"{}")}, **options)  # type: ignore[arg-type]
    body = {} if method in ("POST", "PATCH") else None
    return http.request(method, path, json=body, **options)  # type: ignore[arg-type]


def test_without_a_key_nothing_is_answered(api: LiveApi, anyone: httpx2.Client) -> None:
    job_id = a_job(api.database)

    asked = list(routes(anyone, job_id))
    assert len(asked) >= 14

    for method, path in asked:
        reply = call(anyone, method, path)
        assert problem(reply, 401)["code"] == "unauthorized", path
        assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer", "Bearer dk_wrong", "Bearer dk_000000000000_wrong", "Basic dXNlcjpwYXNz",
        "Bearer \u00ff", "dk_wrong", "", "Bearer " + "x" * 8000,
    ],
)  # fmt: skip
def test_what_is_no_key_of_ours_counts_as_none(anyone: httpx2.Client, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("latin-1")}

    problem(anyone.get("/v1/jobs", headers=headers), 401)  # type: ignore[arg-type]


def test_a_key_in_the_address_does_not_count(api: LiveApi, anyone: httpx2.Client) -> None:
    key = api.make_key("read", "submit")

    for name in ("key", "api_key", "access_token", "token"):
        problem(anyone.get("/v1/catalog", params={name: key}), 401)


@pytest.mark.parametrize(
    "end",
    [{"revoked_at": clock.now()}, {"expires_at": clock.now() - timedelta(seconds=1)}],
    ids=["revoked", "expired"],
)
def test_a_key_that_has_ended_counts_no_more(api: LiveApi, end: dict[str, object]) -> None:
    """One that was used just now counts a little longer: tests/app/test_callers.py."""
    key = api.make_key("read", "submit", "admin")
    with api.database.writing() as session:
        session.execute(update(ApiKey).where(ApiKey.id == key.split("_")[1]).values(**end))

    with visitor(api, key) as http:
        problem(http.get("/v1/jobs"), 401)


def test_a_scheme_is_known_by_any_case(api: LiveApi, anyone: httpx2.Client) -> None:
    key = api.make_key("read")

    assert anyone.get("/v1/jobs", headers={"Authorization": f"bearer {key}"}).status_code == 200


def refused(api: LiveApi, scope: keys.Scope) -> set[tuple[str, str]]:
    with visitor(api, api.make_key(scope)) as http:
        return {route for route in routes(http, UNKNOWN) if call(http, *route).status_code == 403}


def test_who_may_read_changes_nothing(api: LiveApi, anyone: httpx2.Client) -> None:
    changing = {(how, path) for how, path in routes(anyone, UNKNOWN) if how != "GET" and path not in ASKING}
    assert len(changing) >= 14

    assert refused(api, "read") == changing | KEYS


def test_an_admin_may_do_everything(api: LiveApi) -> None:
    assert refused(api, "admin") == set()


def test_submitting_alone_shows_nothing(api: LiveApi) -> None:
    with visitor(api, api.make_key("submit", owner=ME)) as http:
        submit(http)
        missing = problem(http.get("/v1/jobs"), 403)

    assert missing["code"] == "forbidden"
    assert "'read'" in missing["detail"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b'{"seed": NaN}', b"x" * (2 << 20), b""])
@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/jobs/validate", f"/v1/jobs/{UNKNOWN}/cancel"])
def test_a_key_is_asked_for_before_the_body_is_looked_at(
    anyone: httpx2.Client, path: str, body: bytes
) -> None:
    for media_type in ("application/json", "text/plain"):
        problem(anyone.post(path, content=body, headers={"Content-Type": media_type}), 401)
    assert anyone.get("/healthz").status_code == 200  # the connection is in order


def test_a_client_without_a_key_that_sends_without_end_is_answered(api: LiveApi) -> None:
    host, _, port = api.url.removeprefix("http://").partition(":")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):  # it may be closed while we send
            for _ in range(300):  # 19 MiB
                connection.sendall(chunk)
        assert connection.recv(65536).startswith(b"HTTP/1.1 401")


def test_a_scope_is_checked_before_the_spec(api: LiveApi) -> None:
    with visitor(api, api.make_key("read")) as http:
        problem(http.post("/v1/jobs", json={"sed": 1}), 403)


def test_anothers_job_looks_exactly_like_none(
    api: LiveApi, http: httpx2.Client, stranger: httpx2.Client
) -> None:
    theirs = submit(http)["id"]

    asked = [route for route in routes(stranger, theirs) if theirs in route[1]]
    assert len(asked) >= 7

    for method, path in asked:
        foreign = call(stranger, method, path)
        unknown = call(stranger, method, path.replace(theirs, UNKNOWN))
        problem(foreign, 404)
        assert same_but_for(foreign, theirs) == same_but_for(unknown, UNKNOWN), path
    assert http.get(f"/v1/jobs/{theirs}").json()["state"] == "queued"


def test_a_stream_of_anothers_job_is_not_opened(http: httpx2.Client, stranger: httpx2.Client) -> None:
    theirs = submit(http)["id"]

    reply = stranger.get(f"/v1/jobs/{theirs}/events", headers={"Accept": "text/event-stream"})

    problem(reply, 404)


def test_an_admin_sees_every_owners_jobs(api: LiveApi, http: httpx2.Client, stranger: httpx2.Client) -> None:
    mine, theirs = submit(http)["id"], submit(stranger)["id"]

    with visitor(api, api.make_key("admin", owner="the boss")) as admin:
        assert [job["id"] for job in admin.get("/v1/jobs").json()["data"]] == [theirs, mine]
        assert admin.get(f"/v1/jobs/{mine}").json()["owner"] == ME
    assert [job["id"] for job in http.get("/v1/jobs").json()["data"]] == [mine]


def test_the_last_use_of_a_key_is_noted(api: LiveApi) -> None:
    key = api.make_key("read")

    with visitor(api, key) as http:
        http.get("/v1/catalog")

    assert within_seconds(5, lambda: noted(api, key))


def test_a_locked_database_holds_up_nobody_who_reads(one_api: LiveApi) -> None:
    """The first request of a key is noted; the note waits for the lock, and the request does not."""
    key = one_api.make_key("read")

    with visitor(one_api, key) as http:
        with one_api.database.writing() as session:
            session.execute(text("SELECT 1"))  # from here on it is locked
            begun = time.monotonic()
            assert http.get("/v1/jobs").status_code == 200
            assert http.get("/v1/catalog").status_code == 200
            assert time.monotonic() - begun < 3
            assert not noted(one_api, key)
        assert within_seconds(20, lambda: noted(one_api, key))


def noted(api: LiveApi, key: str) -> bool:
    with api.database.reading() as session:
        return keys.used_lately(keys.verify(session, key))


def within_seconds(seconds: float, happens: Callable[[], bool]) -> bool:
    """Whether it comes about in that time: the last use is written beside the requests."""
    deadline = time.monotonic() + seconds
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.02)
    return happens()
