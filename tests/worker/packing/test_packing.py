"""Sets as people have them are packed into what the engine reads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from app.answers.previews import PREVIEW, RESIZE, SIDE
from tests.worker.packing.archives import a_folder, a_png, a_set, encoded, picture, zipped
from tests.worker.packing.conftest import Packer
from worker.engine.data import packed
from worker.engine.data.dataset import Dataset
from worker.engine.data.normalization import measure
from worker.packing import images


def test_a_set_with_both_splits_is_packed(pack: Packer, tmp_path: Path) -> None:
    done = pack(zipped(tmp_path / "a.zip", a_set("train/", "test/")))

    data = done.load()
    assert done.status == 0
    assert data.class_names == ("cat", "dog")
    assert data.train.labels.tolist() == data.test.labels.tolist() == [0] * 4 + [1] * 4
    assert data.train.images[5].numpy().tobytes() == picture(("train/", "dog", 1)).tobytes()
    assert data.test.images[2].numpy().tobytes() == picture(("test/", "cat", 2)).tobytes()


def test_digest_mean_and_spread_are_those_that_the_engine_computes(pack: Packer, tmp_path: Path) -> None:
    done = pack(zipped(tmp_path / "a.zip", a_set("train/", "test/")))

    data = done.load()
    assert data.known_digest == done.report["digest"]
    assert data.known_digest == Dataset("x", data.class_names, data.train, data.test).digest
    exact = measure(data.train)
    assert done.report["mean"] == pytest.approx(exact.mean, rel=1e-12)
    assert done.report["std"] == pytest.approx(exact.std, rel=1e-12)


def test_without_a_test_split_there_is_none(pack: Packer, tmp_path: Path) -> None:
    done = pack(zipped(tmp_path / "a.zip", a_set()))

    assert done.load().test is None
    assert done.report["splits"]["test"] is None
    assert packed.facts("set", done.out.parent).train_images == 8


@pytest.mark.parametrize(
    "around",
    ["", "pets/", "a/b/c/", "pets/train/", "моё/データ/"],
)
def test_folders_around_everything_do_not_count(around: str, pack: Packer, tmp_path: Path) -> None:
    files = {f"{around}{name}": content for name, content in a_set().items()}

    assert pack(zipped(tmp_path / "a.zip", files)).load().class_names == ("cat", "dog")


def test_texts_beside_images_are_passed_over_and_told(pack: Packer, tmp_path: Path) -> None:
    beside = {"cat/labels.txt": b"1 cat", "dog/boxes.XML": b"<x/>"}

    done = pack(zipped(tmp_path / "a.zip", a_set() | beside))

    assert len(done.load().train) == 8
    assert done.report["corrupt"]["count"] == 0
    assert done.report["ignored"]["names"] == ["cat/labels.txt", "dog/boxes.XML"]


@pytest.mark.parametrize("second", ["val", "valid", "Validation", "test", "Testing"])
def test_a_second_split_is_the_test_split(second: str, pack: Packer, tmp_path: Path) -> None:
    done = pack(zipped(tmp_path / "a.zip", a_set("Train/", f"{second}/")))

    assert len(done.load().test or ()) == 8


def test_beside_a_test_split_validation_images_are_trained_on(pack: Packer, tmp_path: Path) -> None:
    done = pack(zipped(tmp_path / "a.zip", a_set("x/train/", "x/val/", "x/test/")))

    assert (len(done.load().train), len(done.load().test or ())) == (16, 8)
    assert "val is train" in done.report["layout"]


def test_a_class_may_be_called_train(pack: Packer, tmp_path: Path) -> None:
    done = pack(zipped(tmp_path / "a.zip", a_set(classes=("bus", "train"))))

    assert done.load().class_names == ("bus", "train")


def test_what_systems_leave_behind_does_not_count(pack: Packer, tmp_path: Path) -> None:
    junk = {
        "__MACOSX/pets/cat/._0.png": b"fork", "pets/.DS_Store": b"x", "pets/cat/.hidden.png": b"x",
        "pets/cat/Thumbs.db": b"x", "pets/dog/desktop.ini": b"x", "pets/Icon\r": b"",
    }  # fmt: skip
    files = junk | {f"pets/{name}": content for name, content in a_set().items()}

    done = pack(zipped(tmp_path / "a.zip", files))

    assert len(done.load().train) == 8
    assert done.report["corrupt"]["count"] == 0


def test_files_beside_the_classes_are_passed_over_and_told(pack: Packer, tmp_path: Path) -> None:
    files = a_set("train/", "test/") | {
        "README.txt": b"read me",
        "test/9.png": a_png(9),
        "docs/cat/1.png": b"",
    }

    done = pack(zipped(tmp_path / "a.zip", files))

    assert done.report["ignored"] == {"count": 3, "names": ["README.txt", "docs/cat/1.png", "test/9.png"]}
    assert len(done.load().test or ()) == 8


def test_folders_below_a_class_belong_to_it(pack: Packer, tmp_path: Path) -> None:
    files = a_set() | {"cat/indoors/at night/1.png": a_png(1)}

    assert pack(zipped(tmp_path / "a.zip", files)).load().train.labels.tolist() == [0] * 5 + [1] * 4


def test_names_may_be_in_any_script(pack: Packer, tmp_path: Path) -> None:
    names = ("กา", "кошка", "猫", "ve\u0301lo", "👩\u200d🔬")

    data = pack(zipped(tmp_path / "a.zip", a_set(classes=names))).load()

    assert data.class_names == tuple(sorted([*names[:3], "v\u00e9lo", names[4]]))


def test_the_order_of_the_archive_does_not_matter(pack: Packer, tmp_path: Path) -> None:
    files = a_set("train/", "test/")
    forward, backward = files, dict(reversed(files.items()))

    one = pack(zipped(tmp_path / "a.zip", forward)).load().digest
    other = pack(zipped(tmp_path / "b.zip", {f"x/{name}": content for name, content in backward.items()}, 0))

    assert one == other.load().digest


def test_a_folder_gives_the_same_as_a_zip_of_it(pack: Packer, tmp_path: Path) -> None:
    files = a_set("train/", "test/") | {".git/config": b"x"}

    assert (
        pack(a_folder(tmp_path / "folder", files)).report["digest"]
        == pack(zipped(tmp_path / "a.zip", files)).report["digest"]
    )


def test_equal_images_are_found_by_their_pixels(pack: Packer, tmp_path: Path) -> None:
    again = encoded(picture(("train/", "cat", 1)), "BMP")  # other bytes, the same pixels
    files = a_set("train/", "test/") | {
        "test/cat/9.bmp": again,
        "train/dog/8.bmp": again,
        "train/dog/9.bmp": again,
    }

    found = pack(zipped(tmp_path / "a.zip", files)).report["duplicates"]

    assert found["across_splits"] == {
        "count": 1,
        "pairs": [{"test": "test/cat/9.bmp", "train": "train/cat/1.png"}],
    }
    assert found["within_splits"] == {"train": 2, "test": 0}
    dogs = [{"file": f"train/dog/{number}.bmp", "as": "train/cat/1.png"} for number in (8, 9)]
    assert found["across_classes"] == {"count": 2, "pairs": dogs}


def test_the_report_holds_what_a_preview_shows(pack: Packer, tmp_path: Path) -> None:
    files = a_set("train/", "test/") | {"train/cat/wide.jpg": encoded(picture(1, (40, 20)), "JPEG")}

    report = pack(zipped(tmp_path / "a.zip", files)).report

    assert report["splits"]["train"] == {"images": 9, "per_class": {"cat": 5, "dog": 4}}
    assert report["formats"] == {"PNG": 16, "JPEG": 1}
    assert (report["sizes"]["smallest"], report["sizes"]["largest"]) == ([16, 16], [40, 20])
    assert report["sizes"]["most_common"][0] == {"width": 16, "height": 16, "images": 16}
    assert [thumbnail["class"] for thumbnail in report["thumbnails"]] == ["cat"] * 4 + ["dog"] * 4
    assert report["bytes"]["files"] == sum(map(len, files.values()))
    assert report.keys() == PREVIEW.keys()
    assert images.in_words(SIDE, "crop") == RESIZE


def test_many_classes_share_the_thumbnails(pack: Packer, tmp_path: Path) -> None:
    names = [f"{number:03}" for number in range(210)]

    report = pack(zipped(tmp_path / "a.zip", a_set(classes=names, images=3, size=(8, 8)))).report

    assert len(report["thumbnails"]) == 200


def test_a_job_can_be_checked_against_the_file_alone(pack: Packer, tmp_path: Path) -> None:
    done = pack(zipped(tmp_path / "a.zip", a_set("train/", "test/")))

    facts = packed.facts("set", done.out.parent)

    assert (facts.classes, facts.image_size, facts.train_images, facts.test_images) == (2, 16, 8, 8)
    assert torch.equal(done.load().train.rows, torch.arange(8))


def test_the_program_alone_needs_no_torch(tmp_path: Path) -> None:
    script = (
        "import worker.packing.__main__, sys; print({'torch', 'sqlalchemy', 'celery'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_a_refusal_is_the_last_line_and_the_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "worker.packing", "nowhere.zip", "--out", "a", "--report", "b"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.returncode == 1
    assert json.loads(done.stderr)["error"]["code"] == "archive_refused"
    assert json.loads((tmp_path / "b").read_text())["error"] == json.loads(done.stderr)["error"]


@pytest.mark.parametrize(
    "option",
    [
        ("--image-size", "7"),
        ("--limits", '{"entires": 1}'),
        ("--limits", '{"entries": 0}'),
        ("--limits", "x"),
    ],
)
def test_wrong_usage_is_another_exit_code(option: tuple[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "worker.packing", "a.zip", "--out", "a", "--report", "b", *option]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
