"""Forms that carry a file: what is wrong with one is said, and nothing of it is kept."""

import hashlib
import socket
from collections.abc import Iterator

import httpx2
import pytest
from sqlalchemy import delete

from core.store.library import Chore, Dataset
from tests.app.api.uploading import FORM, staged, upload
from tests.app.visiting import findings, problem, visitor
from tests.live_api import LiveApi
from tests.polling import eventually


@pytest.fixture(autouse=True)
def _nothing_before(either_api: LiveApi) -> Iterator[None]:
    yield
    with either_api.database.writing() as session:
        session.execute(delete(Dataset))
        session.execute(delete(Chore))


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"image_size": "0"}, ("/image_size", "greater_than_equal")),
        ({"image_size": "many"}, ("/image_size", "int_parsing")),
        ({"resize": "stretch"}, ("/resize", "literal_error")),
        ({"names_encoding": "cp86"}, ("/names_encoding", "literal_error")),
        ({"names_encoding": "utf-16"}, ("/names_encoding", "literal_error")),
        ({"nmae": "pets"}, ("/nmae", "unknown_field")),
        ({"name": "\u202e"}, ("/name", "not_printable")),
        ({"folder": "/etc"}, ("/file", "one_of")),
    ],
)
def test_a_wrong_field_is_named(
    http: httpx2.Client, either_api: LiveApi, fields: dict[str, str], finding: tuple[str, str]
) -> None:
    assert findings(upload(http, b"never kept", **fields)) == [finding]
    assert not (either_api.settings.files / hashlib.sha256(b"never kept").hexdigest()[:2]).exists()
    assert staged(either_api) == []


def test_a_form_without_a_file_is_none(http: httpx2.Client) -> None:
    reply = http.post("/v1/datasets", files={"name": (None, "pets")})

    assert findings(reply) == [("/file", "one_of")]


def test_two_files_are_one_too_many(http: httpx2.Client, either_api: LiveApi) -> None:
    reply = http.post("/v1/datasets", files=[("file", ("a", b"1")), ("file", ("b", b"2"))])

    assert findings(reply) == [("/file", "unexpected_file")]
    assert staged(either_api) == []


def test_what_is_no_form_is_refused(http: httpx2.Client) -> None:
    sent = {"content-type": "application/json"}

    assert problem(http.post("/v1/datasets", content=b"{}", headers=sent), 415)["code"] == (
        "unsupported_media_type"
    )


def test_a_broken_form_is_refused(http: httpx2.Client, either_api: LiveApi) -> None:
    sent = {"content-type": "multipart/form-data; boundary=b"}

    reply = http.post("/v1/datasets", content=b"--b\r\nno header at all", headers=sent)

    assert problem(reply, 400)["code"] == "invalid_request"
    assert staged(either_api) == []


PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nabc'


def test_a_form_without_its_last_boundary_is_not_whole(http: httpx2.Client, either_api: LiveApi) -> None:
    for cut in (b"", b"\r\n--b", b"\r\n--b-"):
        reply = http.post("/v1/datasets", content=PART + cut, headers=FORM)
        assert problem(reply, 400)["code"] == "invalid_request"
    assert staged(either_api) == []


@pytest.mark.parametrize("before", [b"", b"\r\n", b"-- no boundary\r\n", b"This is a form.\r\n" * 200_000])
def test_what_stands_around_a_form_is_passed_over(http: httpx2.Client, before: bytes) -> None:
    body = before + PART + b"\r\n--b--\r\nand so on" * 3

    reply = http.post("/v1/datasets", content=body, headers=FORM)

    assert (reply.status_code, reply.json()["bytes"]) == (201, 3)


def test_a_boundary_that_is_too_long_is_refused(http: httpx2.Client) -> None:
    sent = {"content-type": f"multipart/form-data; boundary={'Y' * 257}"}

    for where in ("/v1/datasets", "/v1/models"):
        assert problem(http.post(where, content=b"x", headers=sent), 400)["code"] == "invalid_request"


def test_a_thousand_fields_are_not_read(http: httpx2.Client) -> None:
    reply = http.post("/v1/datasets", files={f"f{n}": (None, "x") for n in range(1000)})

    assert problem(reply, 413)["code"] == "body_too_large"


def test_an_upload_that_is_cut_off_leaves_nothing(either_api: LiveApi) -> None:
    host, port = either_api.url.removeprefix("http://").split(":")
    head = (
        f"POST /v1/datasets HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {either_api.key}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 10000000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + b"x" * 3_000_000)
    with visitor(either_api, either_api.key) as http:
        eventually(lambda: staged(either_api) == [])
        assert http.get("/v1/datasets").json()["data"] == []
