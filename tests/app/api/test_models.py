"""/v1/models: weights are kept as they are sent, and read by somebody else."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import delete, update

from core import ids
from core.store import models
from core.store.library import Chore, Model
from core.store.tables import Job
from tests.app.api.weights import WEIGHTS, a_ready_one, ready, upload, waiting
from tests.app.visiting import findings, problem, submit, visitor
from tests.live_api import LiveApi


@pytest.fixture(autouse=True)
def _nothing_before(either_api: LiveApi) -> Iterator[None]:
    yield
    with either_api.database.writing() as session:
        for table in (Model, Chore):
            session.execute(delete(table))


def a_zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
    return content.getvalue()


def test_an_upload_is_kept_and_will_be_read(http: httpx2.Client, either_api: LiveApi) -> None:
    reply = upload(http)

    document = reply.json()
    sha256 = hashlib.sha256(WEIGHTS).hexdigest()
    assert reply.status_code == 201
    assert ids.is_id("model", document["id"])
    assert (document["name"], document["state"], document["sha256"]) == ("mine", "reading", sha256)
    assert (document["bytes"], document["source"]) == (len(WEIGHTS), "upload")
    assert document["poll_after_seconds"] > 0
    assert either_api.files.path(sha256).read_bytes() == WEIGHTS
    assert waiting(either_api) == 1


def test_the_answer_is_what_is_read_afterwards(http: httpx2.Client) -> None:
    said = {"architecture": "mobilenet_v2", "width": "0.5", "stem": "small"}
    sent = upload(http, name="a.safetensors", classes=json.dumps(["Katze", "犬"]), **said)

    read = http.get(sent.headers["location"])

    document = read.json()
    assert document == sent.json()
    assert (document["architecture"], document["width"], document["stem"]) == ("mobilenet_v2", 0.5, "small")
    assert document["classes"] == ["Katze", "犬"]
    assert read.headers["etag"] == sent.headers["etag"]


def test_who_knows_it_already_hears_nothing_new(http: httpx2.Client, either_api: LiveApi) -> None:
    sent = upload(http)
    known = {"If-None-Match": sent.headers["etag"]}
    before = http.get(sent.headers["location"], headers=known)

    ready(either_api, sent.json()["id"])
    after = http.get(sent.headers["location"], headers=known)

    assert before.status_code == 304
    assert (after.json()["state"], after.json()["classes"]) == ("ready", ["cat", "dog"])
    assert after.json()["poll_after_seconds"] == 0


def test_a_refused_one_names_the_weights_that_differ(http: httpx2.Client, either_api: LiveApi) -> None:
    sent = upload(http).json()
    keys = {"missing": {"count": 1, "first": ["fc.bias"]}, "unexpected": {"count": 0, "first": []}}
    error = {"code": "model_refused", "detail": "1 is missing", "hint": "look", "keys": keys}
    with either_api.database.writing() as session:
        models.was_refused(session, sent["id"], error)

    found = http.get(sent["links"]["self"]).json()

    assert found["state"] == "refused"
    assert found["error"]["missing"] == {"count": 1, "first": ["fc.bias"]}
    assert (found["error"]["code"], found["error"]["mismatched"]) == ("model_refused", None)


def kept(api: LiveApi) -> set[Path]:
    return {path for path in api.settings.files.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "content",
    [a_zip(), b"\x80\x02}q\x00." + bytes(99), b"\x80\x04\x95{{{{{" + bytes(99), b"", b"x", b"PK\3\4    {"],
    ids=["zip", "pickle", "newer pickle", "empty", "short", "zip with a brace"],
)
def test_a_pickle_is_refused_at_once(http: httpx2.Client, either_api: LiveApi, content: bytes) -> None:
    before = kept(either_api)

    reply = problem(upload(http, content, "model.pt"), 415)

    assert (reply["code"], reply["detail"]) == ("only_safetensors", "only safetensors")
    assert "distillery convert model.pt" in reply["hint"]
    assert waiting(either_api) == 0
    assert http.get("/v1/models").json()["data"] == []
    assert kept(either_api) == before


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"architecture": "vgg"}, ("/architecture", "literal_error")),
        ({"width": "0"}, ("/width", "greater_than_equal")),
        ({"width": "nan"}, ("/width", "finite_number")),
        ({"width": "wide"}, ("/width", "float_parsing")),
        ({"stem": "auto"}, ("/stem", "literal_error")),
        ({"classes": "cat,dog"}, ("/classes", "json_invalid")),
        ({"classes": '["cat"]'}, ("/classes", "too_short")),
        ({"classes": '["cat", "dog", 1]'}, ("/classes", "string_type")),
        ({"nmae": "mine"}, ("/nmae", "unknown_field")),
        ({"name": "\u202e"}, ("/name", "not_printable")),
    ],
)
def test_a_wrong_field_is_named(
    http: httpx2.Client, either_api: LiveApi, fields: dict[str, str], finding: tuple[str, str]
) -> None:
    assert findings(upload(http, **fields)) == [finding]
    assert waiting(either_api) == 0


def test_a_form_without_a_file_is_none(http: httpx2.Client) -> None:
    reply = http.post("/v1/models", files={"name": (None, "mine")})

    assert findings(reply) == [("/file", "missing")]


def test_a_thousand_class_names_are_not_too_many(http: httpx2.Client) -> None:
    names = [f"a class of the name {n}" for n in range(1000)]

    assert upload(http, classes=json.dumps(names)).json()["classes"] == names


def test_the_same_key_uploads_once(http: httpx2.Client, either_api: LiveApi) -> None:
    once, sent = {"Idempotency-Key": "k1"}, {"file": ("a", WEIGHTS)}
    first, again = (http.post("/v1/models", files=sent, headers=once) for _ in range(2))
    other = http.post("/v1/models", files={"file": ("a", WEIGHTS + b"1")}, headers=once)

    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert findings(other) == [("header Idempotency-Key", "idempotency_key_reused")]
    assert waiting(either_api) == 1


def test_without_a_key_nothing_is_read(either_api: LiveApi) -> None:
    with visitor(either_api, None) as stranger:
        problem(upload(stranger), 401)
    with visitor(either_api, either_api.make_key("read")) as reader:
        problem(upload(reader), 403)


def test_a_list_goes_on_where_it_ended(http: httpx2.Client) -> None:
    sent = [upload(http).json()["id"] for _ in range(3)]

    first = http.get("/v1/models", params={"limit": 2})
    rest = http.get("/v1/models", params={"limit": 2, "cursor": first.json()["next_cursor"]}).json()

    assert [found["id"] for found in first.json()["data"]] == sent[:0:-1]
    assert 'rel="next"' in first.headers["link"]
    assert ([found["id"] for found in rest["data"]], rest["has_more"]) == (sent[:1], False)
    assert findings(http.get("/v1/models", params={"cursor": "ds_1"})) == [("?cursor", "bad_cursor")]


def test_another_owners_is_not_there(http: httpx2.Client, either_api: LiveApi) -> None:
    where = a_ready_one(http, either_api)
    with visitor(either_api, either_api.make_key("submit", "read", owner="somebody else")) as other:
        problem(other.get(where), 404)
        problem(other.delete(where), 404)
        problem(other.post(f"{where}/measure", json={"dataset": "digits"}), 404)
        assert other.get("/v1/models").json()["data"] == []


def test_a_deleted_one_is_gone_with_its_chore(http: httpx2.Client, either_api: LiveApi) -> None:
    where = upload(http).headers["location"]

    reply = http.delete(where)

    assert reply.status_code == 204
    problem(http.delete(where), 404)
    assert waiting(either_api) == 0


def test_what_an_unfinished_job_needs_stays(http: httpx2.Client, either_api: LiveApi) -> None:
    where = a_ready_one(http, either_api)
    job_id = submit(http)["id"]
    resolved = {"teacher": {"source": {"kind": "model", "id": where.rpartition("/")[2]}}}
    with either_api.database.writing() as session:
        session.execute(update(Job).where(Job.id == job_id).values(resolved=resolved))

    refused = problem(http.delete(where), 409)
    http.post(f"/v1/jobs/{job_id}/cancel")

    assert job_id in refused["detail"]
    assert http.delete(where).status_code == 204
