import json

import pytest
import torch
from safetensors.torch import save_file

from core.errors import DatasetUnavailable, DatasetUnreadable
from tests.worker.engine.builders import a_split
from worker.engine.data import cifar10

NAMES = ["a", "b", "c", "d"]


def packed(folder, *, classes=NAMES, **changes):
    train, test = a_split(12), a_split(8)
    tensors = {
        "train_images": train.images,
        "train_labels": train.labels,
        "test_images": test.images,
        "test_labels": test.labels,
    } | changes
    metadata = {} if classes is None else {"classes": json.dumps(classes)}
    save_file(
        {k: v.contiguous() for k, v in tensors.items() if v is not None}, folder / cifar10.FILE, metadata
    )
    return folder


def test_a_packed_file_is_read(tmp_path):
    data = cifar10.load(packed(tmp_path))

    assert data.class_names == ("a", "b", "c", "d")
    assert torch.equal(data.train.images, a_split(12).images)
    assert torch.equal(data.test.labels, a_split(8).labels)


@pytest.mark.parametrize("folder", [None, "empty"])
def test_a_missing_file_says_how_to_get_it(folder, tmp_path):
    with pytest.raises(DatasetUnavailable) as raised:
        cifar10.load(folder and tmp_path)

    assert "worker.fetch cifar10" in raised.value.advice


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
        cifar10.load(packed(tmp_path, **changes))


@pytest.mark.parametrize("damage", [lambda b: b[:-100], lambda b: b"\xff" * 64 + b[64:], lambda b: b""])
def test_a_damaged_file_is_refused(damage, tmp_path):
    file = packed(tmp_path) / cifar10.FILE
    file.write_bytes(damage(file.read_bytes()))

    with pytest.raises(DatasetUnreadable, match=r"cifar10\.safetensors can't be read"):
        cifar10.load(tmp_path)
