"""/v1/datasets: what is sent is kept whole or not at all."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import delete

from core import ids
from core.store import chores, datasets
from core.store.library import Chore, Dataset
from core.store.session import Database
from tests.app.api.uploading import FORM, ZIP, upload
from tests.app.visiting import findings, problem, visitor
from tests.live_api import LiveApi

SEEN = {"corrupt": {"count": 1, "files": [{"name": "a.jpg", "reason": "it is no image"}]}}


@pytest.fixture(autouse=True)
def _nothing_before(either_api: LiveApi) -> Iterator[None]:
    yield
    with either_api.database.writing() as session:
        session.execute(delete(Dataset))
        session.execute(delete(Chore))


def ready(database: Database, dataset_id: str) -> None:
    with database.writing() as session:
        datasets.became_ready(session, dataset_id, {"classes": 2}, SEEN)


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
    assert http.get(where).json()["preview"] == SEEN


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
    assert findings(other) == [("header Idempotency-Key", "idempotency_key_reused")]
    with either_api.database.reading() as session:
        assert chores.queued(session) == 1


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
