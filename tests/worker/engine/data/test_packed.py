import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.errors import DatasetUnavailable, DatasetUnreadable
from core.spec.datasets import DatasetFacts
from tests.worker.engine.builders import a_split
from worker.engine.data import packed
from worker.engine.data.dataset import Dataset

FILE = "some.safetensors"
NAMES = ["a", "b", "c", "d"]


def a_file(folder, *, classes=NAMES, extra=None, **changes):
    train, test = a_split(12), a_split(8)
    tensors = {
        "train_images": train.images,
        "train_labels": train.labels,
        "test_images": test.images,
        "test_labels": test.labels,
    } | changes
    metadata = {"resize": json.dumps("none"), **(extra or {})}
    if classes is not None:
        metadata["classes"] = json.dumps(classes)
    save_file({k: v.contiguous() for k, v in tensors.items() if v is not None}, folder / FILE, metadata)
    return folder


def test_a_packed_file_is_read(tmp_path):
    data = packed.load("some", a_file(tmp_path))

    assert data.class_names == ("a", "b", "c", "d")
    assert torch.equal(data.train.images, a_split(12).images)
    assert torch.equal(data.test.labels, a_split(8).labels)


@pytest.mark.parametrize("folder", [None, "empty"])
def test_a_missing_file_says_how_to_get_it(folder, tmp_path):
    with pytest.raises(DatasetUnavailable) as raised:
        packed.by_name("mnist")(folder and tmp_path)

    assert "worker.fetch mnist" in raised.value.advice


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": None},
        {"train_images": None},
        {"test_labels": None},
        {"train_images": torch.zeros(12, 3, 8, 8, dtype=torch.uint8)},  # channels first
        {"train_images": torch.zeros(12, 8, 8, 3)},  # no bytes
        {"train_labels": torch.zeros(11, dtype=torch.int64)},  # one too few
        {"train_labels": torch.full((12,), 4)},  # no such class
        {"test_labels": torch.full((8,), -1)},
    ],
)
def test_a_file_with_the_wrong_content_is_refused(changes, tmp_path):
    with pytest.raises(DatasetUnreadable):
        packed.load("some", a_file(tmp_path, **changes))


@pytest.mark.parametrize("damage", [lambda b: b[:-100], lambda b: b"\xff" * 64 + b[64:], lambda b: b""])
def test_a_damaged_file_is_refused(damage, tmp_path):
    file = a_file(tmp_path) / FILE
    file.write_bytes(damage(file.read_bytes()))

    with pytest.raises(DatasetUnreadable, match=r"some\.safetensors can't be read"):
        packed.load("some", tmp_path)


WITHOUT_TEST = {"test_images": None, "test_labels": None}


def test_a_set_may_have_no_test_split(tmp_path):
    assert packed.load("some", a_file(tmp_path, **WITHOUT_TEST)).test is None
    assert packed.facts("some", tmp_path) == DatasetFacts("some", 4, 8, 12, 0)


def test_facts_are_known_from_the_header_alone(tmp_path):
    assert packed.facts("some", a_file(tmp_path)) == DatasetFacts("some", 4, 8, 12, 8)


def test_the_digest_in_the_file_is_believed_and_else_computed(tmp_path):
    computed = packed.load("some", a_file(tmp_path)).digest

    said = packed.load("some", a_file(tmp_path, extra={"digest": json.dumps("of the file")})).digest

    assert computed == Dataset("x", tuple(NAMES), a_split(12), a_split(8)).digest
    assert said == "of the file"


@pytest.mark.parametrize("extra", [{"resize": "no JSON"}, {"digest": "{"}])
def test_metadata_is_json(extra, tmp_path):
    with pytest.raises(DatasetUnreadable):
        packed.load("some", a_file(tmp_path, extra=extra))


def test_images_are_mapped_not_read(tmp_path):
    save_file(
        {"train_images": torch.zeros(3000, 64, 64, 3, dtype=torch.uint8), "train_labels": torch.arange(3000)},
        tmp_path / FILE,
        {"classes": json.dumps([str(n) for n in range(3000)])},
    )
    before = own_memory()

    data = packed.load("some", tmp_path)

    assert data.train.images[2999].sum() == 0
    assert own_memory() - before < 10_000_000  # of 36,864,000 bytes


def own_memory():
    """Bytes of this process that no file stands behind."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if "RssAnon" in line)
    return 1024 * int(line.split()[1])
