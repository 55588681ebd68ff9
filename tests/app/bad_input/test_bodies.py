"""Bodies that are no sound JSON document: rows 1-14 and 21-27 of the matrix of bad inputs."""

import gzip
import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import httpx2
import pytest

from tests.app.visiting import findings, problem
from tests.live_api import LiveApi

JSON = {"Content-Type": "application/json"}
LARGEST = 1 << 20
ROUTES = ("/v1/jobs", "/v1/jobs/validate")


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """None of this depends on the database."""
    return one_api


def post(http: httpx2.Client, body: bytes | str, path: str = "/v1/jobs", **headers: str) -> httpx2.Response:
    content = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post(path, content=content, headers=JSON | named)


@pytest.mark.parametrize("path", ROUTES)
def test_row_1_an_empty_body(http: httpx2.Client, path: str) -> None:
    problem(http.post(path), 422)
    problem(post(http, b"", path), 422)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("row", "body"),
    [
        (2, b'{"seed": 1'),
        (2, b'{"seed": }'),
        (2, b"   "),
        (2, b"{} {}"),
        (2, b"{'seed': 1}"),
        (4, b'{"name": "\xff\xfe"}'),
        (4, b'{"name": "\xed\xa0\x80"}'),
        (4, b'{"name": "\xc0\x80"}'),
        (5, '{"seed": 1}'.encode("utf-16")),
        (5, '{"seed": 1}'.encode("utf-16-le")),
        (5, '{"seed": 1}'.encode("utf-32")),
        (6, b"\xef\xbb\xbf{}"),
        (14, b'{"seed": ' + b"9" * 5000 + b"}"),
        (22, b"[" * 100_000 + b"]" * 100_000),
        (22, b'{"a":' * 100_000),
    ],
)
def test_rows_2_to_22_what_is_no_json_in_utf_8(http: httpx2.Client, path: str, row: int, body: bytes) -> None:
    assert problem(post(http, body, path), 400)["code"] == "invalid_request"


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "5", "true", "[{}]"])
def test_row_3_a_document_that_is_no_object(http: httpx2.Client, body: str) -> None:
    for path in ROUTES:
        reply = post(http, body, path)
        assert findings(reply) == [("", "object_type")]
        assert reply.json()["errors"][0]["detail"] == "must be an object"


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json",
        "application/xml", "application/jsonp", "application/json-patch+json",
        "application/merge-patch+json", "*/*", "json",
        'text/plain; x="application/json"',
    ],
)  # fmt: skip
def test_row_7_another_media_type(http: httpx2.Client, path: str, media_type: str) -> None:
    reply = http.post(path, content=b"{}", headers={"Content-Type": media_type} if media_type else {})

    assert problem(reply, 415)["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;"]
)
def test_row_7_the_same_media_type_said_otherwise(http: httpx2.Client, media_type: str) -> None:
    assert post(http, b"{}", Content_Type=media_type).status_code == 201


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("row", "body", "found"),
    [
        (8, '{"stopping": {"target_loss": Infinity}}', ("/stopping/target_loss", "finite_number")),
        (8, '{"stopping": {"target_loss": -Infinity}}', ("/stopping/target_loss", "finite_number")),
        (8, '{"stopping": {"target_loss": 1e400}}', ("/stopping/target_loss", "finite_number")),
        (9, '{"stopping": {"target_loss": NaN}}', ("/stopping/target_loss", "finite_number")),
        (10, '{"anything": {"free": [NaN]}}', ("/anything/free/0", "finite_number")),
        (11, '{"name": "a\\u0000b"}', ("/name", "bad_text")),
        (11, '{"a\\u0000b": 1}', ("", "bad_text")),
        (12, '{"name": "\\ud800"}', ("/name", "bad_text")),
        (12, '{"tags": ["\\udfff\\ud800"]}', ("/tags/0", "bad_text")),
        (13, '{"seed": 9223372036854775808}', ("/seed", "int_too_large")),
        (13, '{"seed": -99999999999999999999}', ("/seed", "int_too_large")),
        (13, '{"optimization": {"learning_rate": 1' + "0" * 400 + "}}",
         ("/optimization/learning_rate", "int_too_large")),
        (21, '{"seed": 1, "seed": 2}', ("/seed", "duplicate_key")),
        (21, '{"student": {"stem": "auto", "stem": "auto"}}', ("/student/stem", "duplicate_key")),
    ],
)  # fmt: skip
def test_rows_8_to_21_values_that_no_part_of_the_house_can_hold(
    http: httpx2.Client, path: str, row: int, body: str, found: tuple[str, str]
) -> None:
    assert findings(post(http, body, path)) == [found]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("depth", [33, 100, 900])
def test_row_23_a_document_that_is_nested_deeply(http: httpx2.Client, path: str, depth: int) -> None:
    body = '{"a":' * depth + "1" + "}" * depth

    assert [code for _, code in findings(post(http, body, path))] == ["too_deep"]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("size", [LARGEST + 1, 10_000_000])
def test_row_24_a_large_body(http: httpx2.Client, path: str, size: int) -> None:
    body = json.dumps({"name": "x" * (size - len('{"name": ""}'))})

    assert problem(post(http, body, path), 413)["code"] == "body_too_large"


def test_row_24_the_largest_body_is_still_read(http: httpx2.Client) -> None:
    body = json.dumps({"name": "x" * (LARGEST - len('{"name": ""}'))})

    assert findings(post(http, body)) == [("/name", "string_too_long")]


def test_row_24_a_body_of_nothing_but_mistakes_is_answered_soon_and_shortly(http: httpx2.Client) -> None:
    body = json.dumps({f"field{number}": 1 for number in range(60_000)})

    reply = post(http, body)

    assert len(problem(reply, 422)["errors"]) <= 101
    assert len(reply.content) < 100_000


def chunks(size: int) -> Iterator[bytes]:
    yield b'{"name": "'
    for _ in range(size // 1000):
        yield b"x" * 1000


def test_row_25_a_body_whose_length_nobody_said(http: httpx2.Client) -> None:
    assert http.post("/v1/jobs", content=iter([b"{", b"}"]), headers=JSON).status_code == 201
    problem(http.post("/v1/jobs", content=chunks(3_000_000), headers=JSON), 413)


def test_row_25_a_body_without_end(api: LiveApi, http: httpx2.Client) -> None:
    """The answer comes while the body is still being sent."""
    key = http.headers["authorization"]
    with raw(api) as connection:
        connection.sendall(
            f"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        answer = b""
        for _ in range(1000):  # 64 MiB
            with suppress(
                ConnectionError
            ):  # it may be closed while we send; the answer is there all the same
                connection.sendall(chunk)
            if answer := received(connection, 0.001):
                break

    assert answer.startswith(b"HTTP/1.1 413")


def test_row_26_a_body_shorter_than_it_says(api: LiveApi, http: httpx2.Client) -> None:
    """What came is a sound document by itself. No job may come of it."""
    key = http.headers["authorization"]
    for _ in range(10):
        with raw(api) as connection:
            connection.sendall(
                f"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n"
                "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{}".encode()
            )
            connection.shutdown(socket.SHUT_WR)
            assert received(connection)[:12] in (b"", b"HTTP/1.1 400")


def test_row_26_a_body_longer_than_it_says(api: LiveApi, http: httpx2.Client) -> None:
    key = http.headers["authorization"]
    with raw(api) as connection:
        connection.sendall(
            f"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n"
            "Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{}".encode()
        )
        assert received(connection)[:12] == b"HTTP/1.1 400"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x"])
def test_row_27_a_compressed_body(http: httpx2.Client, encoding: str) -> None:
    bomb = gzip.compress(bytes(1 << 20))

    assert problem(post(http, bomb, Content_Encoding=encoding), 415)["code"] == "unsupported_media_type"
    problem(post(http, b"{}", Content_Encoding=encoding), 415)


def test_row_27_not_compressed_at_all(http: httpx2.Client) -> None:
    assert post(http, b"{}", Content_Encoding="identity").status_code == 201


@pytest.mark.parametrize("body", [b"{}", b" { } ", b""])
def test_an_action_takes_a_body_without_anything(http: httpx2.Client, body: bytes) -> None:
    path = post(http, b"{}").headers["location"]

    assert post(http, body, f"{path}/cancel").status_code == 202


@pytest.mark.parametrize("body", [b"[]", b"null", b"[{}]", b"0", b'""', b"false"])
def test_an_action_takes_no_other_document(http: httpx2.Client, body: bytes) -> None:
    path = post(http, b"{}").headers["location"]

    assert findings(post(http, body, f"{path}/cancel")) == [("", "object_type")]
    problem(post(http, b"{", f"{path}/cancel"), 400)


def raw(api: LiveApi) -> socket.socket:
    host, _, port = api.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def received(connection: socket.socket, seconds: float = 10) -> bytes:
    connection.settimeout(seconds)
    try:
        return connection.recv(65536)
    except TimeoutError:
        return b""
    finally:
        connection.settimeout(10)
