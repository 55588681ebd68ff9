"""distillery pull: the student, or other files."""

import json
from pathlib import Path

import pytest

from app.client import Distillery, Job
from tests.app.cli.conftest import Command
from tests.live_api import LiveApi


@pytest.mark.usefixtures("trained")
def test_the_student_of_the_newest_job_lands_here(command: Command, tmp_path: Path) -> None:
    ended = command("pull")

    assert ended.code == 0
    assert ended.out == "student.safetensors\n"
    assert "7 B  sha256" in ended.err
    assert (tmp_path / "student.safetensors").read_bytes() == b"weights"


@pytest.mark.parametrize(
    ("options", "where", "content"),
    [
        (["--to", "mine.st"], "mine.st", b"weights"),
        (["--to", "new/"], "new/student.safetensors", b"weights"),
        (["--format", "pt"], "student.pt", b"pickled weights"),
        (["--format", "pt", "--to", "deep/er/s.pt"], "deep/er/s.pt", b"pickled weights"),
        (["report.json"], "report.json", b"{}"),
        (["report.json", "--to", "r.json"], "r.json", b"{}"),
    ],
)
def test_a_file_lands_where_it_was_wanted(
    command: Command, trained: Job, tmp_path: Path, options: list[str], where: str, content: bytes
) -> None:
    ended = command("pull", trained.id, *options)

    assert ended.out == f"{where}\n"
    assert (tmp_path / where).read_bytes() == content


@pytest.mark.parametrize("wanted", [["--all"], ["report.json", "student.pt", "student.safetensors"]])
def test_several_files_land_in_a_folder(
    command: Command, trained: Job, tmp_path: Path, wanted: list[str]
) -> None:
    ended = command("pull", trained.id, *wanted, "--to", "out", "-o", "json")

    assert [Path(got["path"]).name for got in json.loads(ended.out)] == [
        "report.json", "student.pt", "student.safetensors"
    ]  # fmt: skip
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_a_file_that_is_here_is_not_fetched_again(command: Command, trained: Job, api: LiveApi) -> None:
    command("pull")
    digest = next(found.sha256 for found in trained.artifacts() if found.name == "student.safetensors")
    api.files.path(digest).write_bytes(b"damaged since")

    assert command("pull").code == 0


def test_a_damaged_file_is_not_kept(command: Command, trained: Job, api: LiveApi, tmp_path: Path) -> None:
    for found in trained.artifacts():
        api.files.path(found.sha256).write_bytes(b"x" * found.bytes)

    ended = command("pull")

    assert ended.code == 11
    assert "damaged" in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("trained")
def test_a_file_that_the_job_does_not_have(command: Command) -> None:
    ended = command("pull", "@last", "student.onnx")

    assert ended.code == 6
    assert "no artifact 'student.onnx'" in ended.err


def test_a_job_that_has_not_ended_has_no_student(command: Command, service: Distillery) -> None:
    service.jobs.create()

    assert command("pull").code == 6


@pytest.mark.usefixtures("trained")
def test_a_folder_that_can_not_be_written_to(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    ended = command("pull", "--to", "file/inside")

    assert ended.code == 1
    assert ended.err.startswith("error: ")


@pytest.mark.parametrize("options", [["x", "--all"], ["--all", "--format", "pt"], ["x", "--format", "pt"]])
def test_what_contradicts_itself_is_refused(command: Command, options: list[str]) -> None:
    assert command("pull", "@last", *options).code == 2
