"""A large file over the loopback: whole, and in many pieces."""

import hashlib
import http.client
import io
import random
import statistics
import time
from typing import Any

from bench.serving import process
from bench.serving.content import Content, in_state
from core.files import Blob, FileStore
from core.lifecycle import JobState
from core.store import artifacts

REPEATS, CUTS = 5, 20
BYTES = 256 << 20
NAME = "student.pt"


def measure(content: Content) -> dict[str, Any]:
    job_id, blob = _published(content)
    path = f"/v1/jobs/{job_id}/artifacts/{NAME}"
    with process.api(content.home) as api:
        rates = [_rate(api.port, path, content.key) for _ in range(REPEATS + 1)][1:]
        digest = _resumed(api.port, path, content.key)
    return {
        "bytes": blob.bytes, "n": REPEATS, "megabytes_per_second": round(statistics.median(rates)),
        "spread": [round(min(rates)), round(max(rates))],
        "cuts": CUTS, "same_digest_after_cuts": digest == blob.digest,
    }  # fmt: skip


def _published(content: Content) -> tuple[str, Blob]:
    ((job_id, _),) = in_state(content, JobState.SUCCEEDED, 1)
    blob = FileStore(content.settings.files).put_stream(io.BytesIO(_content()))
    row = {
        "name": NAME, "digest": blob.digest, "bytes": blob.bytes, "media_type": "application/octet-stream",
    }  # fmt: skip
    with content.writing() as session:
        artifacts.record(session, job_id, 1, [row])
    return job_id, blob


def _content() -> bytes:
    numbers = random.Random(0)
    return b"".join(numbers.randbytes(1 << 20) for _ in range(BYTES >> 20))


def _rate(port: int, path: str, key: str) -> float:
    """Megabytes a second. Nothing is hashed meanwhile: that would be the caller's slowness."""
    buffer, received = memoryview(bytearray(1 << 20)), 0
    began = time.perf_counter()
    answer = _asked(port, path, key, 0)
    while count := answer.readinto(buffer):
        received += count
    assert received == BYTES
    return received / (time.perf_counter() - began) / 1e6


def _resumed(port: int, path: str, key: str) -> str:
    """The digest of what arrives over connections that are cut at random places."""
    sha256, received = hashlib.sha256(), 0
    cuts = sorted(random.Random(1).sample(range(BYTES), CUTS))
    for end in [*cuts, BYTES]:
        answer = _asked(port, path, key, received)
        while received < end:
            chunk = answer.read(min(1 << 20, end - received))
            sha256.update(chunk)
            received += len(chunk)
        answer.close()
    return sha256.hexdigest()


def _asked(port: int, path: str, key: str, start: int) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Connection": "close"}
    connection.request("GET", path, headers=headers | ({"Range": f"bytes={start}-"} if start else {}))
    answer = connection.getresponse()
    assert answer.status == (206 if start else 200), answer.status
    return answer
