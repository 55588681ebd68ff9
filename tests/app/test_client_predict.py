"""job.predict and `distillery predict`, answered by a real predictor."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.client import Distillery, Job
from app.client import transport as client_transport
from core.errors import BodyTooLarge, Conflict, ImageUnreadable
from core.prediction import LARGEST_IMAGE
from tests.app.api.predicting import a_broker, a_predictor, a_taught_job, served
from tests.app.cli.conftest import Command, command
from tests.app.visiting import visitor
from tests.live_api import LiveApi
from tests.worker.predicting.builders import Taught, taught

PATIENT = 150.0
__all__ = ["command"]


@pytest.fixture(scope="module")
def pair() -> Taught:
    return taught()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApi]:
    with (
        served(tmp_path_factory.mktemp("predict"), PATIENT) as running, a_broker(running),
        a_predictor(running),
    ):  # fmt: skip
        yield running


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer comes once torch is loaded."""
    monkeypatch.setattr(client_transport, "TIMEOUT", httpx2.Timeout(PATIENT + 30))


@pytest.fixture
def job(api: LiveApi, service: Distillery, pair: Taught, tmp_path: Path) -> Job:
    with visitor(api, api.key) as http:
        return service.jobs.get(a_taught_job(api, http, pair, tmp_path))


@pytest.fixture
def image(pair: Taught, tmp_path: Path) -> Path:
    path = tmp_path / "seven.png"
    path.write_bytes(pair.png(7))
    return path


def test_an_image_is_shown_to_both(job: Job, image: Path, pair: Taught) -> None:
    seen = job.predict(image, top_k=2)

    assert seen.student.top[0].class_name in pair.material.dataset.class_names
    assert len(seen.student.top) == len(seen.teacher.top) == 2
    assert seen.student.top[0].probability >= seen.student.top[1].probability
    assert seen.agree == (seen.student.top[0].class_name == seen.teacher.top[0].class_name)
    assert 0 < seen.student.forward_milliseconds < seen.total_milliseconds


def test_what_can_not_be_asked_is_raised(service: Distillery, job: Job, tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    path.write_bytes(b"no image")
    with pytest.raises(ImageUnreadable, match="no image in one of the formats"):
        job.predict(path)
    waiting = service.jobs.create()
    with pytest.raises(Conflict):
        waiting.predict(path)
    waiting.cancel()
    for size in (LARGEST_IMAGE + 1, 4 * LARGEST_IMAGE):
        path.write_bytes(bytes(size))
        with pytest.raises(BodyTooLarge):
            job.predict(path)
    with pytest.raises(FileNotFoundError):
        job.predict(tmp_path / "nothing.png")


def test_the_command_shows_student_beside_teacher(command: Command, job: Job, image: Path) -> None:
    seen = job.predict(image, top_k=2)

    ended = command("predict", job.id, str(image), "-k", "2")

    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0].split()[:4] == ["IMAGE", "STUDENT", "TEACHER", "AGREE"]
    first = [seen.student.top[0].class_name, seen.teacher.top[0].class_name]
    assert [lines[1].split()[at] for at in (1, 4)] == first
    assert len(lines) == 3


def test_the_command_goes_on_after_an_image_that_is_none(command: Command, job: Job, image: Path) -> None:
    broken = image.with_name("broken.png")
    broken.write_bytes(b"no image")
    nothing = image.with_name("nothing.png")

    ended = command("predict", job.id, str(broken), str(nothing), str(image), "-o", "json")

    assert ended.code == 1
    assert f"error: {nothing}: No such file or directory" in ended.err
    assert f"error: {broken}: the image can't be read" in ended.err
    (found,) = json.loads(ended.out)
    assert found["path"] == str(image)
    assert found["student"]["top"] == [one.model_dump() for one in job.predict(image).student.top]


def test_the_command_wants_a_job_and_images(command: Command, image: Path) -> None:
    assert command("predict", str(image)).code == 2
