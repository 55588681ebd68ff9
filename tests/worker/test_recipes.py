"""By what a worker tells that two jobs would train the same teacher, and which teachers are kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.spec.resolve import resolve
from tests.builders import a_spec
from tests.worker.test_fetch import some
from worker.fetch import pack
from worker.outcome import Outcome, ProducedFile
from worker.recipes import recipe_of, trained_teacher

NAMES = list("abcdefghij")
TEACHER = {
    "architecture": "resnet18", "width": 1.0, "stem": "small", "stopped": None, "source": {"kind": "train"},
}  # fmt: skip
REPORT = {"teacher": TEACHER, "dataset": {"class_names": ["a", "b"], "image_size": 32}}


def resolved(**asked: Any) -> dict[str, Any]:
    return resolve(a_spec(**asked))[0].model_dump(mode="json")


def packed(folder: Path, seed: int = 0, names: list[str] = NAMES) -> Path:
    """A folder with a packed data set."""
    folder.mkdir()
    pack(some(30, seed), some(20, 1), names, folder / "cifar10.safetensors")
    return folder


def test_the_same_images_have_the_same_recipe_wherever_they_lie(tmp_path: Path) -> None:
    one, same, other = packed(tmp_path / "1"), packed(tmp_path / "2"), packed(tmp_path / "3", seed=5)
    renamed = packed(tmp_path / "4", names=NAMES[::-1])

    assert recipe_of(resolved(), one) is not None
    assert recipe_of(resolved(), one) == recipe_of(resolved(seed=3), same)
    assert recipe_of(resolved(), one) != recipe_of(resolved(), other)
    assert recipe_of(resolved(), one) != recipe_of(resolved(), renamed)


def test_the_digits_need_no_file(tmp_path: Path) -> None:
    assert recipe_of(resolved(dataset="digits"), tmp_path) is not None


@pytest.mark.parametrize(
    "content",
    [b"", b"packed", b"\x02\0\0\0\0\0\0\0{}", b"\x02\0\0\0\0\0\0\0[]", b"\x02\0\0\0\0\0\0\0\xff\xff"],
)
def test_data_that_do_not_say_what_they_are_have_no_recipe(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "cifar10.safetensors").write_bytes(content)

    assert recipe_of(resolved(), tmp_path) is None


def ended(folder: Path, content: str, recipe: str | None = "r") -> Outcome:
    """A success with that report."""
    (folder / "report.json").write_text(content)
    files = (ProducedFile("report.json", folder / "report.json"),)
    return Outcome("succeeded", {}, files=files, recipe=recipe)


def test_a_teacher_that_was_trained_to_its_end_is_kept(tmp_path: Path) -> None:
    assert trained_teacher(ended(tmp_path, json.dumps(REPORT))) == {
        "architecture": "resnet18", "width": 1.0, "stem": "small", "classes": ["a", "b"], "image_size": 32,
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"stopped": "asked"}, {"source": {"kind": "reused"}}, {"source": {"kind": "pretrained"}}],
    ids=str,
)
def test_one_that_was_stopped_or_came_from_elsewhere_is_not(changes: dict[str, Any], tmp_path: Path) -> None:
    report = {**REPORT, "teacher": {**TEACHER, **changes}}

    assert trained_teacher(ended(tmp_path, json.dumps(report))) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"steps": 20}', '{"teacher": null}'])
def test_what_is_no_report_tells_of_no_teacher(content: str, tmp_path: Path) -> None:
    assert trained_teacher(ended(tmp_path, content)) is None


def test_without_a_recipe_or_a_success_none_is_kept(tmp_path: Path) -> None:
    assert trained_teacher(ended(tmp_path, json.dumps(REPORT), recipe=None)) is None
    assert trained_teacher(Outcome("cancelled", recipe="r")) is None
