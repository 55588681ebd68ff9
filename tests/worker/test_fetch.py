import errno

import numpy as np
import pytest
import torch

from worker import fetch
from worker.engine.data import packed
from worker.engine.data.dataset import Dataset
from worker.engine.data.normalization import measure
from worker.fetch import Labelled, pack

FILE = "cifar10.safetensors"


def some(images: int, seed: int, shape=(32, 32, 3)) -> Labelled:
    pixels = np.random.default_rng(seed).integers(0, 256, (images, *shape), dtype=np.uint8)
    return Labelled(pixels, [row % 10 for row in range(images)])


def test_what_is_packed_is_what_the_engine_reads(tmp_path):
    train, test = some(30, 0), some(20, 1)

    pack(train, test, [f"name {i}" for i in range(10)], tmp_path / FILE)

    data = packed.load("cifar10", tmp_path)
    assert np.array_equal(data.train.images.numpy(), train.images)
    assert data.test.labels.tolist() == test.labels
    assert data.class_names[3] == "name 3"
    assert data.digest == Dataset("x", data.class_names, data.train, data.test).digest


def test_of_more_images_than_are_written_at_a_time_none_is_lost(tmp_path):
    train, test = some(2500, 0, (8, 8, 3)), some(3, 1, (8, 8, 3))

    pack(train, test, ["x"] * 10, tmp_path / FILE)

    data = packed.load("cifar10", tmp_path)
    assert np.array_equal(data.train.images.numpy(), train.images)
    assert data.train.labels.tolist() == train.labels


def test_packing_leaves_one_file(tmp_path):
    pack(some(3, 0), some(3, 1), ["only"] * 10, tmp_path / FILE)

    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def refuse(error):
    def download(*_args, **_options):
        raise error

    return download


@pytest.mark.parametrize("name", fetch.SETS)
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError("no route to host"), "dataset_unavailable"),
        (RuntimeError("File not found or corrupted."), "dataset_unavailable"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
    ],
)
def test_a_failed_download_gives_a_code_and_a_hint(error, code, name, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(f"torchvision.datasets.{fetch.SETS[name]}", refuse(error))

    status = fetch.main([name, "--to", str(tmp_path)])

    assert status == 1
    line = capsys.readouterr().err
    assert line.startswith(f"{code}: ")
    assert line.count("\n") == 2  # what, and what to do
    assert "Traceback" not in line
    assert list(tmp_path.iterdir()) == []


def test_without_a_network_the_hint_names_a_way_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("torchvision.datasets.MNIST", refuse(OSError("no route to host")))

    fetch.main(["mnist", "--to", str(tmp_path)])

    said = capsys.readouterr().err
    assert "worker.fetch mnist" in said
    assert "digits" in said


class Colours:
    """What torchvision gives of CIFAR: an array and a list."""

    classes = tuple("abcdefghij")

    def __init__(self, root, train, download):
        part = some(30, 0) if train else some(20, 1)
        self.data, self.targets = part.images, part.labels


class Greys:
    """What it gives of MNIST: tensors, of one channel."""

    classes = tuple("abcdefghij")

    def __init__(self, root, train, download):
        part = some(30, 0, (28, 28)) if train else some(20, 1, (28, 28))
        self.data, self.targets = torch.from_numpy(part.images), torch.tensor(part.labels)


def test_a_download_is_packed_and_its_remains_are_removed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("torchvision.datasets.CIFAR10", Colours)

    status = fetch.main(["cifar10", "--to", str(tmp_path)])

    assert status == 0
    assert capsys.readouterr().out == f"{tmp_path / FILE}\n"
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert np.array_equal(packed.load("cifar10", tmp_path).train.images.numpy(), some(30, 0).images)


def test_one_channel_becomes_three_equal_ones(tmp_path, monkeypatch):
    monkeypatch.setattr("torchvision.datasets.FashionMNIST", Greys)

    fetch.fetch("fashion-mnist", tmp_path)

    data = packed.load("fashion-mnist", tmp_path)
    grey = some(30, 0, (28, 28)).images
    assert all(np.array_equal(data.train.images[..., channel].numpy(), grey) for channel in range(3))
    assert data.test.labels.tolist() == some(20, 1).labels
    assert data.resize == "none; 3 equal channels"
    assert len(set(measure(data.train).mean)) == 1
