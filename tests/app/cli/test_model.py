"""distillery model add, ls, show, measure and rm, with the real reader; distillery convert."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from sqlalchemy import delete

from core.store import models
from core.store.library import Chore, Model
from tests.app.cli.conftest import PROGRAM, Command
from tests.app.light_by_hand import packing
from tests.live_api import LiveApi
from tests.worker.weights.files import a_file, weights


@pytest.fixture(autouse=True)
def _reading(api: LiveApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with packing(api, tmp_path_factory.mktemp("light")):
        yield
    with api.database.writing() as session:
        session.execute(delete(Model))
        session.execute(delete(Chore))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.safetensors"
    path.write_bytes(a_file())
    return path


def test_a_file_is_sent_and_read_shown_and_removed(command: Command, file: Path) -> None:
    ended = command("model", "add", str(file))

    (found,) = json.loads(command("model", "ls", "-o", "json").out)
    shown = command("model", "show", "mine").out
    assert (ended.code, ended.out) == (0, f"{found['id']}\n")
    assert (found["name"], found["state"], found["architecture"]) == ("mine", "ready", "mobilenet_v2")
    assert "mobilenet_v2, width 0.25, stem small" in shown
    assert "3: cat, dog, fox" in shown
    assert command("model", "rm", found["id"][:15]).out == f"{found['id']}\n"
    assert "no models" in command("model", "ls").err


def test_a_name_that_several_have_removes_none(command: Command, file: Path) -> None:
    ids = [command("model", "add", str(file)).out.strip() for _ in range(2)]

    ended = command("model", "rm", "mine")

    assert ended.code == 2
    assert all(model_id in ended.err for model_id in ids)
    assert len(json.loads(command("model", "ls", "-o", "json").out)) == 2


def test_one_that_can_t_be_used_says_what_differs(command: Command, file: Path) -> None:
    lacking = {name: value for name, value in weights().items() if name != "classifier.1.bias"}
    file.write_bytes(a_file(lacking))

    ended = command("model", "add", str(file))

    assert ended.code == 10
    assert "missing: classifier.1.bias" in ended.err


def test_a_pickle_is_refused_with_what_to_do(command: Command, tmp_path: Path) -> None:
    torch.save(weights(), tmp_path / "model.pt")

    ended = command("model", "add", "model.pt")

    assert ended.code != 0
    assert "only safetensors" in ended.err
    assert "distillery convert model.pt" in ended.err


def test_what_can_t_be_measured_is_not(command: Command, file: Path) -> None:
    command("model", "add", str(file))

    assert command("model", "measure", "mine", "digits").code == 10
    assert command("model", "measure", "other", "digits").code == 6


def test_images_that_it_may_have_been_trained_on_are_called_so(
    command: Command, file: Path, api: LiveApi
) -> None:
    model_id = command("model", "add", str(file)).out.strip()
    known = {"state": "measured", "accuracy": 0.5, "interval": [0.4, 0.6], "images": 9, "split": "cut"}
    with api.database.writing() as session:
        models.note_measured(session, model_id, "digits", known)

    shown = " ".join(command("model", "show", "mine").out.split())

    assert "0.5000 (0.4000 to 0.6000) on 9 images, cut from the set: it may have been trained" in shown


def test_convert_runs_on_this_machine(tmp_path: Path) -> None:
    torch.save(weights(), tmp_path / "model.pt")
    words = ["convert", "model.pt", "--classes", "cat,dog,fox"]

    ended = subprocess.run([*PROGRAM, *words], cwd=tmp_path, capture_output=True, text=True)

    assert (ended.returncode, ended.stdout) == (0, "model.safetensors\n"), ended.stderr
    assert (tmp_path / "model.safetensors").stat().st_size > 100_000
