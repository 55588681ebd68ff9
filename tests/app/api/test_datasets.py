"""/v1/datasets: what is sent is kept whole or not at all."""

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import delete

from core import ids
from core.store import chores, datasets
from core.store.library import Chore, Dataset
from core.store.session import Database
from tests.app.visiting import findings, problem, visitor
from tests.live_api import LiveApi
from tests.polling import eventually

ZIP = b"PK not really" * 5000
FORM = {"content-type": "multipart/form-data; boundary=b"}


@pytest.fixture(autouse=True)
def _nothing_before(either_api: LiveApi) -> Iterator[None]:
    yield
    with either_api.database.writing() as session:
        session.execute(delete(Dataset))
        session.execute(delete(Chore))


def upload(
    http: httpx2.Client, content: bytes = ZIP, name: str = "pets.zip", **fields: str
) -> httpx2.Response:
    return http.post("/v1/datasets", files={"file": (name, content)}, data=fields)


def ready(database: Database, dataset_id: str) -> None:
    with database.writing() as session:
        datasets.became_ready(session, dataset_id, {"classes": 2}, {"corrupt": ["a.jpg"]})


def staged(api: LiveApi) -> list[Path]:
    return [path for path in (api.settings.files / "staging").glob("*") if path.is_file()]


def test_an_upload_is_kept_and_will_be_packed(http: httpx2.Client, either_api: LiveApi) -> None:
    reply = upload(http)

    document = reply.json()
    sha256 = hashlib.sha256(ZIP).hexdigest()
    assert reply.status_code == 201
    assert ids.is_id("ds", document["id"])
    assert (document["name"], document["state"], document["sha256"]) == ("pets", "packing", sha256)
    assert document["bytes"] == len(ZIP)
    assert document["poll_after_seconds"] > 0
    assert either_api.files.path(sha256).read_bytes() == ZIP
    with either_api.database.reading() as session:
        assert chores.queued(session) == 1


def test_the_answer_is_what_is_read_afterwards(http: httpx2.Client) -> None:
    sent = upload(http, name="a.zip", image_size="48", resize="squash")

    read = http.get(sent.headers["location"])

    assert read.json() == sent.json()
    assert (read.json()["image_size"], read.json()["resize"]) == (48, "squash")
    assert read.headers["etag"] == sent.headers["etag"]


def test_who_knows_it_already_hears_nothing_new(http: httpx2.Client, either_api: LiveApi) -> None:
    sent = upload(http)
    known = {"If-None-Match": sent.headers["etag"]}
    before = http.get(sent.headers["location"], headers=known)

    ready(either_api.database, sent.json()["id"])
    after = http.get(sent.headers["location"], headers=known)

    assert before.status_code == 304
    assert after.json()["state"] == "ready"
    assert after.json()["facts"] == {"classes": 2}
    assert after.json()["poll_after_seconds"] == 0


@pytest.mark.parametrize("file_name", ["..zip", "...", ".", "a/..zip", "..\\..zip", ""])
def test_a_file_without_a_name_gets_one(http: httpx2.Client, file_name: str) -> None:
    name = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"'.encode()

    reply = http.post("/v1/datasets", content=name + b"\r\n\r\nabc\r\n--b--", headers=FORM)

    assert reply.json()["name"] == "data set"


def test_the_preview_is_read_apart(http: httpx2.Client, either_api: LiveApi) -> None:
    where = upload(http).json()["links"]["preview"]
    before = http.get(where).json()

    ready(either_api.database, before["id"])

    assert before["preview"] is None
    assert http.get(where).json()["preview"] == {"corrupt": ["a.jpg"]}


def test_a_refused_one_says_why(http: httpx2.Client, either_api: LiveApi) -> None:
    sent = upload(http).json()
    error = {"code": "dataset_unreadable", "detail": "one class", "hint": None, "attempt": 1}
    with either_api.database.writing() as session:
        datasets.was_refused(session, sent["id"], error)

    found = http.get(sent["links"]["self"]).json()

    assert found["state"] == "refused"
    assert found["error"] == {"code": "dataset_unreadable", "detail": "one class", "hint": None}


def test_the_same_key_uploads_once(http: httpx2.Client, either_api: LiveApi) -> None:
    once = {"Idempotency-Key": "k1"}
    first, again = (http.post("/v1/datasets", files={"file": ("a.zip", ZIP)}, headers=once) for _ in range(2))
    other = http.post("/v1/datasets", files={"file": ("a.zip", b"other")}, headers=once)

    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert findings(other) == [("?idempotency-key", "idempotency_key_reused")]
    with either_api.database.reading() as session:
        assert chores.queued(session) == 1


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"image_size": "0"}, ("/image_size", "greater_than_equal")),
        ({"image_size": "many"}, ("/image_size", "int_parsing")),
        ({"resize": "stretch"}, ("/resize", "literal_error")),
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


def test_without_a_key_nothing_is_read(either_api: LiveApi) -> None:
    with visitor(either_api, None) as stranger:
        problem(upload(stranger), 401)
    with visitor(either_api, either_api.make_key("read")) as reader:
        problem(upload(reader), 403)


def test_a_list_goes_on_where_it_ended(http: httpx2.Client) -> None:
    sent = [upload(http).json()["id"] for _ in range(3)]

    first = http.get("/v1/datasets", params={"limit": 2})
    rest = http.get("/v1/datasets", params={"limit": 2, "cursor": first.json()["next_cursor"]}).json()

    assert [found["id"] for found in first.json()["data"]] == sent[:0:-1]
    assert 'rel="next"' in first.headers["link"]
    assert ([found["id"] for found in rest["data"]], rest["has_more"]) == (sent[:1], False)


def test_another_owners_is_not_there(http: httpx2.Client, either_api: LiveApi) -> None:
    sent = upload(http).json()["id"]
    with visitor(either_api, either_api.make_key("submit", "read", owner="somebody else")) as other:
        problem(other.get(f"/v1/datasets/{sent}"), 404)
        problem(other.get(f"/v1/datasets/{sent}/preview"), 404)
        problem(other.delete(f"/v1/datasets/{sent}"), 404)
        assert other.get("/v1/datasets").json()["data"] == []


def test_a_deleted_one_is_gone_with_its_chore(http: httpx2.Client, either_api: LiveApi) -> None:
    where = upload(http).headers["location"]

    reply = http.delete(where)

    assert reply.status_code == 204
    problem(http.delete(where), 404)
    with either_api.database.reading() as session:
        assert chores.queued(session) == 0


def test_a_folder_that_nobody_opened_is_not_told_from_none(http: httpx2.Client, tmp_path: Path) -> None:
    asked = [str(tmp_path), "/no/such/folder", "relative", "/etc/../etc", "\0"]

    for folder in asked:
        reply = http.post("/v1/datasets", files={"folder": (None, folder)})
        assert findings(reply) == [("/folder", "not_allowed")]
