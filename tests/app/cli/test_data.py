"""distillery data add, ls, show and rm, with the real packer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from app.client import Distillery
from core.store.library import Chore, Dataset
from tests.app.cli.conftest import Command
from tests.app.light_by_hand import packing
from tests.live_api import LiveApi
from tests.worker.packing.archives import Raw, a_folder, a_png, a_set, raw_zip, zipped


@pytest.fixture(autouse=True)
def _packing(api: LiveApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with packing(api, tmp_path_factory.mktemp("light")):
        yield
    with api.database.writing() as session:
        session.execute(delete(Dataset))
        session.execute(delete(Chore))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return zipped(tmp_path / "pets.zip", a_set("train/", "test/"))


def listed(command: Command) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(command("data", "ls", "-o", "json").out)
    return found


def test_a_zip_is_sent_and_packed(command: Command, archive: Path) -> None:
    ended = command("data", "add", str(archive))

    (found,) = listed(command)
    assert (ended.code, ended.out) == (0, f"{found['id']}\n")
    assert "pets: 2 classes, 8 training images, 8 test images, 16 px" in ended.err
    assert (found["name"], found["state"]) == ("pets", "ready")


def test_a_folder_is_sent_as_a_zip(command: Command, tmp_path: Path) -> None:
    a_folder(tmp_path / "animals", a_set())

    ended = command("data", "add", "animals", "--image-size", "24", "-o", "json")

    found = json.loads(ended.out)
    assert (found["name"], found["facts"]["image_size"], found["facts"]["test_images"]) == ("animals", 24, 0)


def test_names_are_read_as_it_is_said_that_they_are_written(command: Command, tmp_path: Path) -> None:
    entries = [
        Raw(f"{name}/{number}.png".encode("cp866"), a_png((name, number)))
        for name in ("кошка", "собака")
        for number in range(4)
    ]
    (tmp_path / "pets.zip").write_bytes(raw_zip(entries))

    guessed = command("data", "add", "pets.zip")
    said = command("data", "add", "pets.zip", "--name", "said", "--names-encoding", "CP866", "-o", "json")
    wrong = command("data", "add", "pets.zip", "--names-encoding", "shift-js")

    assert "warning: names read as cp437: 8: " in guessed.err
    assert "add it anew with --names-encoding" in command("data", "show", "pets").out
    assert json.loads(said.out)["facts"]["class_names"] == ["кошка", "собака"]
    assert "read as cp437" not in command("data", "show", "said").out
    assert wrong.code == 10
    assert "/names_encoding" in wrong.err
    assert "did you mean shift_jis" in wrong.err


def test_a_job_learns_from_it(command: Command, archive: Path, service: Distillery) -> None:
    dataset_id = command("data", "add", str(archive)).out.strip()

    ended = command("run", "--set", f"dataset={dataset_id}", "--set", "optimization.batch_size=2", "--detach")

    assert ended.code == 0, ended.err
    assert dataset_id in command("show").out
    assert command("data", "rm", "pets").code == 7
    service.jobs.get(ended.out.strip()).cancel()
    assert command("data", "rm", "pets").out == f"{dataset_id}\n"
    assert listed(command) == []


def test_show_says_what_was_found(command: Command, tmp_path: Path) -> None:
    files = a_set("train/", "test/", images=60)
    files |= {"train/cat/broken.png": b"no image", "test/dog/0.png": files["train/dog/0.png"]}
    command("data", "add", str(zipped(tmp_path / "pets.zip", files)))

    shown = command("data", "show", "pets").out

    assert "broken.png" in shown
    assert "16 x 16" in shown
    assert "in two classes" not in shown
    assert "test/dog/0.png = train/dog/0.png" in shown
    assert json.loads(command("data", "show", "pets", "-o", "json").out)["preview"]["thumbnails"]


def test_show_names_equal_images_of_two_classes_and_how_sizes_differ(
    command: Command, tmp_path: Path
) -> None:
    files = a_set("train/", images=60)
    files |= {
        "train/dog/odd.png": files["train/cat/0.png"],
        "train/cat/large.png": a_png(("large", 0), (40, 40)),
    }
    command("data", "add", str(zipped(tmp_path / "pets.zip", files)))

    shown = " ".join(command("data", "show", "pets").out.split())

    assert "in two classes 1 train/dog/odd.png = train/cat/0.png" in shown
    assert "sizes 2 different, 16 x 16 to 40 x 40" in shown


def test_a_job_may_ask_for_it_by_name(command: Command, archive: Path) -> None:
    dataset_id = command("data", "add", str(archive)).out.strip()
    few = ("--set", "optimization.batch_size=2")

    plain = command("run", "--set", "dataset=pets", *few, "--detach")
    part = command("validate", "--set", "dataset.name=pets", "--set", "dataset.subset.per_class=3", *few)
    unknown = command("validate", "--set", "dataset=pest")

    assert plain.code == 0, plain.err
    assert dataset_id in command("show").out
    assert part.code == 0, part.err
    assert dataset_id in part.out
    assert unknown.code == 10
    assert "a data set of your own goes by its id" in unknown.err
    command("cancel")


def test_a_name_that_several_have_removes_none(command: Command, archive: Path) -> None:
    ids = [command("data", "add", str(archive)).out.strip() for _ in range(2)]

    ended = command("data", "rm", "pets")

    assert ended.code == 2
    assert all(dataset_id in ended.err for dataset_id in ids)
    assert command("data", "rm", *ids).code == 0
    assert listed(command) == []


def test_a_table_is_sent_and_packed(command: Command, tmp_path: Path) -> None:
    rows = "".join(f"{n},{n % 3},{('Ulm', 'Bonn')[n % 2]}\n" for n in range(9))
    (tmp_path / "houses.csv").write_text("area,rooms,city\n" + rows)

    ended = command("data", "add", str(tmp_path / "houses.csv"))

    assert ended.code == 0, ended.err
    assert "houses: a table of 9 rows and 3 columns" in ended.err
    shown = " ".join(command("data", "show", "houses").out.split())
    assert "area 0 to 8, 9 values rooms 0 to 2, 3 values city words, 2 values" in shown
    assert "houses" in command("data", "ls").out


def test_a_table_with_a_hole_says_where(command: Command, tmp_path: Path) -> None:
    (tmp_path / "houses.csv").write_text("area,rooms\n" + "1,2\n" * 5 + "3,\n")

    ended = command("data", "add", str(tmp_path / "houses.csv"))

    assert ended.code == 10
    assert "row 7, column 'rooms': it is empty" in ended.err
    assert "row 7, rooms: it is empty" in command("data", "show", "houses").out


def test_one_that_can_t_be_used_says_why(command: Command, tmp_path: Path) -> None:
    one_class = zipped(tmp_path / "cats.zip", a_set(classes=["cat"]))

    ended = command("data", "add", str(one_class))

    assert ended.code == 10
    assert "dataset_unreadable" in ended.err or "archive_refused" in ended.err
    assert listed(command)[0]["state"] == "refused"


def test_who_detaches_waits_for_nothing(command: Command, archive: Path) -> None:
    ended = command("data", "add", str(archive), "--detach", "--name", "later")

    assert ended.code == 0
    assert "later: packing" in ended.err


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("add", "no-such.zip"), 2),
        (("add", "/etc", "--on-server"), 10),
        (("add", ".", "--image-size", "4"), 2),
        (("show", "nobody"), 6),
        (("rm", "nobody"), 6),
    ],
)
def test_what_can_not_be_is_refused(command: Command, asked: tuple[str, ...], code: int) -> None:
    assert command("data", *asked).code == code


def test_an_empty_list_says_so(command: Command) -> None:
    assert "no data sets" in command("data", "ls").err
