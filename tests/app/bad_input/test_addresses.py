"""Paths and queries: rows 15-18 and 31-33 of the matrix of bad inputs."""

import socket

import httpx2
import pytest

from tests.app.visiting import findings, problem, submit
from tests.live_api import LiveApi

ODD_IDS = [
    "99999999999999999999", "-1", "1", "1.0", "0x1", "null", "undefined", "NaN", "%00", "job_%00", "%2e%2e",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..%5c", "%ff", "%ed%a0%80", "job_", "{job_id}", "*",
    "JOB_01K9ZZZZZZZZZZZZZZZZZZZZZZ", "job_01k9zzzzzzzzzzzzzzzzzzzzzz", "job_01K9ZZZZZZZZZZZZZZZZZZZZZZ%20",
    "job_01K9ZZZZZZZZZZZZZZZZZZZZZZ%0a", "'%20OR%201=1--", "%F0%9F%98%80", "x" * 5000,
]  # fmt: skip
PARTS = ("", "/events", "/metrics", "/logs", "/artifacts", "/artifacts/student.pt", "/checkpoint")


@pytest.mark.parametrize("odd", ODD_IDS)
def test_rows_15_and_33_an_id_that_is_none(http: httpx2.Client, odd: str) -> None:
    for part in PARTS:
        assert problem(http.get(f"/v1/jobs/{odd}{part}"), 404)["code"] == "not_found"
    problem(http.post(f"/v1/jobs/{odd}/cancel"), 404)


@pytest.mark.parametrize(
    "climb", ["..", "../../etc/passwd", "..\\..\\x", ".", "//", "/etc/passwd", "\x00", "a b"]
)
def test_row_33_a_path_that_climbs(api: LiveApi, http: httpx2.Client, climb: str) -> None:
    """Sent as it stands: a client would tidy it up first."""
    job_id = submit(http)["id"]

    for path in (f"/v1/jobs/{climb}", f"/v1/jobs/{job_id}/{climb}", f"/v1/jobs/{job_id}/artifacts/{climb}"):
        status = untidied(api, path, http.headers["authorization"])
        assert status in (b"404", b"400"), (path, status)


def untidied(api: LiveApi, path: str, key: str) -> bytes:
    """The status of an answer to exactly this path."""
    host, _, port = api.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        return connection.recv(65536)[9:12]


@pytest.mark.parametrize(
    ("row", "query", "place"),
    [
        (16, "limit=99999999999999999999", "?limit"),
        (16, "limit=1e2", "?limit"),
        (16, "limit=NaN", "?limit"),
        (16, "limit=" + "9" * 5000, "?limit"),
        (17, "limit=-1", "?limit"),
        (17, "limit=0", "?limit"),
        (18, "offset=-5", "?offset"),
        (18, "offset=0", "?offset"),
        (33, "cursor=%00", "?cursor"),
        (33, "cursor=..%2f", "?cursor"),
        (33, "cursor=" + "x" * 201, "?cursor"),
        (33, "state=%00", "?state"),
        (33, "%00=1", "?\0"),
        (33, "=1", "?"),
    ],
)
def test_rows_16_to_33_a_query_that_makes_no_sense(
    http: httpx2.Client, row: int, query: str, place: str
) -> None:
    submit(http)

    assert [found for found, _ in findings(http.get(f"/v1/jobs?{query}"))] == [place]


@pytest.mark.parametrize(
    "q", ["%00", "%ff", "%ed%a0%80", "%25", "%27%20OR%201=1--", "%5c", "%F0%9F%98%80", "%0a", ""]
)
def test_row_33_a_search_for_what_nothing_is_called(http: httpx2.Client, q: str) -> None:
    submit(http, name="x")

    reply = http.get(f"/v1/jobs?q={q}")

    assert reply.status_code == 200, reply.text
    assert len(reply.json()["data"]) == (1 if q == "" else 0)


def test_a_name_that_is_given_again_and_again(http: httpx2.Client) -> None:
    assert http.get("/v1/jobs?" + "&".join(["state=queued"] * 1000)).status_code == 200
    problem(http.get("/v1/jobs?" + "&".join(["x=1"] * 1000)), 422)
    assert http.get("/v1/jobs?limit=1&limit=2").status_code in (200, 422)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/jobs", {"GET", "HEAD", "POST"}),
        ("PUT", "/v1/jobs/validate", {"GET", "HEAD", "POST", "PATCH", "DELETE"}),  # it may stand for an id
        ("POST", "/v1/jobs/job_01K9ZZZZZZZZZZZZZZZZZZZZZZ", {"GET", "HEAD", "PATCH", "DELETE"}),
        ("GET", "/v1/jobs/job_01K9ZZZZZZZZZZZZZZZZZZZZZZ/cancel", {"POST"}),
        ("TRACE", "/v1/catalog", {"GET", "HEAD"}),
        ("PROPFIND", "/healthz", {"GET", "HEAD"}),
    ],
)
def test_row_31_a_method_that_is_not_allowed(
    http: httpx2.Client, method: str, path: str, allowed: set[str]
) -> None:
    reply = http.request(method, path)

    problem(reply, 405)
    assert set(reply.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("tail", ["/", "//", ".0", ".json", "%2f", ";x=1", "%20"])
def test_row_32_an_id_with_something_behind_it(http: httpx2.Client, tail: str) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"
    assert http.get(path).status_code == 200

    problem(http.get(path + tail), 404)


@pytest.mark.parametrize("name", ["%00", "%2e%2e%2f", "..%5c", "a%2fb", "-" * 129, ".x", "%c3%a9"])
def test_row_33_a_file_that_cannot_be(http: httpx2.Client, name: str) -> None:
    job_id = submit(http)["id"]

    problem(http.get(f"/v1/jobs/{job_id}/artifacts/{name}"), 404)


@pytest.mark.parametrize("section", ["nothing", "%00", "methods/", "METHODS", "..", "x" * 5000])
def test_row_33_a_section_of_the_catalog_that_is_none(http: httpx2.Client, section: str) -> None:
    problem(http.get(f"/v1/catalog/{section}"), 404)


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/datasets", "/v1/nothing"])
def test_row_63_no_other_site_may_read_or_ask(http: httpx2.Client, path: str) -> None:
    evil = {"Origin": "https://evil.example"}
    asked = {
        **evil,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }

    for reply in (http.get(path, headers=evil), http.request("OPTIONS", path, headers=asked)):
        assert [name for name in reply.headers if name.startswith("access-control-")] == []
