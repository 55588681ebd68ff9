"""The client downloads files whole and sound, however often the connection breaks."""

import hashlib
import os
from pathlib import Path

import pytest

from app.client import Distillery, Job
from core.errors import DigestMismatch, NotFound, Unreachable
from tests.app.cutting_proxy import CuttingProxy
from tests.app.worker_by_hand import WorkerByHand
from tests.live_api import LiveApi

WEIGHTS = os.urandom(3_000_000)
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def finished(service: Distillery, api: LiveApi, tmp_path: Path) -> Job:
    """A job that has made a student."""
    job = service.jobs.create()
    worker = WorkerByHand(api, tmp_path)
    worker.artifact("student.safetensors", WEIGHTS)
    worker.artifact("report.json", b"{}")
    worker.succeed()
    return job.refresh()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_student_is_downloaded_and_verified(finished: Job, out: Path) -> None:
    seen: list[tuple[int, int]] = []

    got = finished.checkpoint(out, on_progress=lambda here, size: seen.append((here, size)))

    assert got.path == out / "student.safetensors"
    assert got.path.read_bytes() == WEIGHTS
    assert (got.bytes, got.sha256) == (len(WEIGHTS), SHA256)
    assert seen[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert names(out) == ["student.safetensors"]


def test_a_file_is_downloaded_under_the_name_that_was_given(finished: Job, out: Path) -> None:
    finished.download("report.json", out / "new" / "mine.json")

    assert (out / "new" / "mine.json").read_bytes() == b"{}"


def test_a_download_goes_on_where_its_connection_broke(finished: Job, api: LiveApi, out: Path) -> None:
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as shaky:
        job = shaky.jobs.get(finished.id)
        proxy.cut_answers(1_000_000, 500_000, 0)
        got = job.checkpoint(out)

    assert got.sha256 == SHA256
    ranges = [line for line in "".join(proxy.requests).lower().splitlines() if line.startswith("range")]
    assert len(ranges) == 3
    assert ranges[0] > "range: bytes=900000-"
    assert names(out) == ["student.safetensors"]


def test_another_process_goes_on_with_what_one_left_behind(finished: Job, out: Path) -> None:
    part = out / f"student.safetensors.{SHA256}.partial"
    part.write_bytes(WEIGHTS[:2_000_000])
    first: list[int] = []

    finished.checkpoint(out, on_progress=lambda here, _size: first.append(here))

    assert first[0] > 2_000_000
    assert (out / "student.safetensors").read_bytes() == WEIGHTS
    assert not part.exists()


def test_a_part_that_is_already_whole_only_gets_its_name(finished: Job, out: Path) -> None:
    (out / f"student.safetensors.{SHA256}.partial").write_bytes(WEIGHTS)

    finished.checkpoint(out)

    assert (out / "student.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize("length", [1_000_000, len(WEIGHTS), len(WEIGHTS) + 5])
def test_a_part_that_is_damaged_is_fetched_anew(finished: Job, out: Path, length: int) -> None:
    (out / f"student.safetensors.{SHA256}.partial").write_bytes(b"x" * length)

    finished.checkpoint(out)

    assert (out / "student.safetensors").read_bytes() == WEIGHTS
    assert names(out) == ["student.safetensors"]


def test_a_part_of_another_content_is_thrown_away(finished: Job, out: Path) -> None:
    (out / f"student.safetensors.{'0' * 64}.partial").write_bytes(b"of another job")

    finished.checkpoint(out)

    assert names(out) == ["student.safetensors"]


def test_what_is_here_already_is_not_fetched_again(finished: Job, out: Path) -> None:
    finished.checkpoint(out)
    seen: list[int] = []

    finished.checkpoint(out, on_progress=lambda here, _size: seen.append(here))

    assert seen == []


def test_a_file_of_another_content_is_replaced(finished: Job, out: Path) -> None:
    (out / "student.safetensors").write_bytes(b"an older one")

    finished.checkpoint(out)

    assert (out / "student.safetensors").read_bytes() == WEIGHTS


def test_a_damaged_file_leaves_nothing_behind(finished: Job, api: LiveApi, out: Path) -> None:
    stored = api.files.path(SHA256)
    stored.write_bytes(b"X" + WEIGHTS[1:])

    with pytest.raises(DigestMismatch):
        finished.checkpoint(out)

    assert names(out) == []


def test_a_download_that_does_not_get_on_gives_up_and_keeps_what_it_has(
    finished: Job, api: LiveApi, out: Path
) -> None:
    with CuttingProxy(api.url) as proxy, Distillery(proxy.url, api.key) as shaky:
        job = shaky.jobs.get(finished.id)
        proxy.cut_answers(1_000_000, 0, 0, 0, 0)
        with pytest.raises(Unreachable):
            job.checkpoint(out)

    assert names(out) == [f"student.safetensors.{SHA256}.partial"]


def test_no_such_file(finished: Job, out: Path) -> None:
    with pytest.raises(NotFound):
        finished.download("student.onnx", out)
    with pytest.raises(NotFound):
        finished.download("../../../etc/passwd", out)

    assert names(out) == []
