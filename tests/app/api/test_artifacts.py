"""Downloads: whole, in parts, unchanged, and always the bytes that their sha256 says."""

import base64
import hashlib
from email.parser import BytesParser
from pathlib import Path

import httpx2
import pytest

from tests.app.visiting import findings, problem, submit
from tests.app.worker_by_hand import WorkerByHand
from tests.builders import ME, a_job
from tests.live_api import LiveApi

CONTENT = bytes(range(256)) * 12_345  # more than one chunk
DIGEST = hashlib.sha256(CONTENT).hexdigest()
ETAG = f'"{DIGEST}"'
STUDENT = "student.safetensors"


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """None of this depends on the database."""
    return one_api


@pytest.fixture
def job(api: LiveApi, http: httpx2.Client, tmp_path: Path) -> str:
    """The path of a finished job with three files."""
    path = f"/v1/jobs/{submit(http)['id']}"
    worker = WorkerByHand(api, tmp_path)
    worker.artifact(STUDENT, CONTENT)
    worker.artifact("student.pt", b"the other format")
    worker.artifact("empty.csv", b"")
    worker.succeed()
    return path


def download(http: httpx2.Client, job: str, **headers: str) -> httpx2.Response:
    return http.get(
        f"{job}/artifacts/{STUDENT}", headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def test_files_are_listed_with_size_and_digest(http: httpx2.Client, job: str) -> None:
    listed = http.get(f"{job}/artifacts").json()["data"]

    assert [(file["name"], file["bytes"]) for file in listed] == [
        ("empty.csv", 0), ("student.pt", 16), (STUDENT, len(CONTENT)),
    ]  # fmt: skip
    assert listed[-1]["sha256"] == DIGEST
    for file in listed:
        assert hashlib.sha256(http.get(file["href"]).content).hexdigest() == file["sha256"]


def test_a_file_comes_whole_with_its_digest(http: httpx2.Client, job: str) -> None:
    reply = download(http, job)

    assert (reply.status_code, reply.content) == (200, CONTENT)
    assert reply.headers["etag"] == ETAG
    assert reply.headers["repr-digest"] == f"sha-256=:{base64.b64encode(bytes.fromhex(DIGEST)).decode()}:"
    assert reply.headers["content-length"] == str(len(CONTENT))
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["content-disposition"] == f'attachment; filename="{STUDENT}"'
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=1000-", 1000, len(CONTENT) - 1),
        ("bytes=-7", len(CONTENT) - 7, len(CONTENT) - 1),
        (f"bytes={len(CONTENT) - 1}-", len(CONTENT) - 1, len(CONTENT) - 1),
        (f"bytes=5-{10**30}", 5, len(CONTENT) - 1),
        (f"bytes=0-9,{len(CONTENT)}-", 0, 9),
        ("bytes=0-9,10-19", 0, 19),  # neighbours are one part
        ("bytes=1048570-1048590", 1048570, 1048590),  # across the border of two chunks
    ],
)
def test_a_part_comes_with_its_place(
    http: httpx2.Client, job: str, asked: str, first: int, last: int
) -> None:
    reply = download(http, job, Range=asked)

    assert (reply.status_code, reply.content) == (206, CONTENT[first : last + 1])
    assert reply.headers["content-range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert reply.headers["content-length"] == str(last - first + 1)
    assert (reply.headers["etag"], "repr-digest" in reply.headers) == (ETAG, True)


def test_many_parts_come_in_one_answer(http: httpx2.Client, job: str) -> None:
    reply = download(http, job, Range="bytes=0-3, 100-103, -2")

    assert reply.status_code == 206
    head = f"Content-Type: {reply.headers['content-type']}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + reply.content).get_payload()
    assert (
        [(part["Content-Range"], part.get_payload(decode=True)) for part in parts]
        == [  # type: ignore[index,union-attr]
            (f"bytes 0-3/{len(CONTENT)}", CONTENT[:4]),
            (f"bytes 100-103/{len(CONTENT)}", CONTENT[100:104]),
            (f"bytes {len(CONTENT) - 2}-{len(CONTENT) - 1}/{len(CONTENT)}", CONTENT[-2:]),
        ]
    )


def test_the_parts_put_together_are_the_file(http: httpx2.Client, job: str) -> None:
    step = 1_000_003
    found = [
        download(http, job, Range=f"bytes={at}-{at + step - 1}", If_Range=ETAG).content
        for at in range(0, len(CONTENT), step)
    ]

    assert b"".join(found) == CONTENT


@pytest.mark.parametrize("asked", ["bytes=x", "bytes=9-1", "lines=1-2", "bytes=" + "0-0," * 10_000, ""])
def test_a_malformed_range_is_ignored(http: httpx2.Client, job: str, asked: str) -> None:
    reply = download(http, job, Range=asked)

    assert (reply.status_code, len(reply.content)) == (200, len(CONTENT))


@pytest.mark.parametrize(
    "asked", [f"bytes={len(CONTENT)}-", "bytes=-0", f"bytes={10**17}-{10**18}", f"bytes={10**40}-"]
)
def test_a_range_behind_the_end_is_refused(http: httpx2.Client, job: str, asked: str) -> None:
    reply = download(http, job, Range=asked)

    assert problem(reply, 416)["code"] == "range_not_satisfiable"
    assert reply.headers["content-range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize(
    ("given", "status"), [(ETAG, 206), ('"other"', 200), (f"W/{ETAG}", 200), ("yesterday", 200)]
)
def test_a_part_is_of_use_only_beside_the_same_file(
    http: httpx2.Client, job: str, given: str, status: int
) -> None:
    assert download(http, job, Range="bytes=0-9", If_Range=given).status_code == status
    # Behind the end of another file is no error: the whole new file is due.
    behind = download(http, job, Range=f"bytes={len(CONTENT)}-", If_Range=given).status_code
    assert behind == (416 if status == 206 else 200)


@pytest.mark.parametrize("known", [ETAG, f"W/{ETAG}", f'"other", {ETAG}', "*"])
def test_an_unchanged_file_is_not_sent_again(http: httpx2.Client, job: str, known: str) -> None:
    for headers in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes=99999999-"}):
        reply = download(http, job, If_None_Match=known, **headers)
        assert (reply.status_code, reply.content) == (304, b"")
        assert reply.headers["etag"] == ETAG


def test_an_empty_file_is_a_file(http: httpx2.Client, job: str) -> None:
    reply = http.get(f"{job}/artifacts/empty.csv")

    assert (reply.status_code, reply.content) == (200, b"")
    problem(http.get(f"{job}/artifacts/empty.csv", headers={"Range": "bytes=-5"}), 416)


def test_the_checkpoint_is_the_student_in_the_wanted_format(http: httpx2.Client, job: str) -> None:
    assert http.get(f"{job}/checkpoint").content == CONTENT
    assert http.get(f"{job}/checkpoint?format=safetensors").headers["etag"] == ETAG
    assert http.get(f"{job}/checkpoint?format=pt").content == b"the other format"
    assert http.get(f"{job}/checkpoint", headers={"Range": "bytes=0-9"}).content == CONTENT[:10]
    assert findings(http.get(f"{job}/checkpoint?format=onnx")) == [("?format", "literal_error")]


def test_a_job_has_no_file_before_it_made_one(api: LiveApi, http: httpx2.Client) -> None:
    path = f"/v1/jobs/{a_job(api.database, ME)}"

    assert http.get(f"{path}/artifacts").json() == {"data": []}
    assert "once it has succeeded" in problem(http.get(f"{path}/checkpoint"), 404)["detail"]


@pytest.mark.parametrize(
    "name",
    [
        "nothing", "%00", "student.pt%00", "..%2f..%2fapi-key", "%2e%2e", "..%5c..%5capi-key",
        "%2fetc%2fpasswd", "x" * 5000, "%ff%fe", "student.pt%2f", ".hidden", "%F0%9F%98%80", "student.PT",
    ],
)  # fmt: skip
def test_a_name_leads_to_this_jobs_files_only(http: httpx2.Client, job: str, name: str) -> None:
    problem(http.get(f"{job}/artifacts/{name}"), 404)


def test_a_file_that_is_gone_from_the_store_is_told(api: LiveApi, http: httpx2.Client, job: str) -> None:
    api.files.path(DIGEST).unlink()

    assert DIGEST in problem(download(http, job), 404)["detail"]
