import errno

import pytest
import torch

from worker import fetch
from worker.engine.data import packed
from worker.fetch import Labelled, pack


def some(images: int, seed: int) -> Labelled:
    random = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (images, 32, 32, 3), dtype=torch.uint8, generator=random)
    return Labelled(pixels, torch.arange(images) % 10)


def test_what_is_packed_is_what_the_engine_reads(tmp_path):
    train, test = some(30, 0), some(20, 1)

    pack(train, test, [f"name {i}" for i in range(10)], tmp_path / fetch.FILE)

    data = packed.load("cifar10", tmp_path)
    assert torch.equal(data.train.images, train.images)
    assert torch.equal(data.test.labels, test.labels)
    assert data.class_names[3] == "name 3"


def test_packing_leaves_one_file(tmp_path):
    pack(some(3, 0), some(3, 1), ["only"] * 10, tmp_path / fetch.FILE)

    assert [path.name for path in tmp_path.iterdir()] == [fetch.FILE]


def refuse(error):
    def download(*_args, **_options):
        raise error

    return download


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError("no route to host"), "dataset_unavailable"),
        (RuntimeError("File not found or corrupted."), "dataset_unavailable"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
    ],
)
def test_a_failed_download_gives_a_code_and_a_hint(error, code, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("torchvision.datasets.CIFAR10", refuse(error))

    status = fetch.main(["cifar10", "--to", str(tmp_path)])

    assert status == 1
    line = capsys.readouterr().err
    assert line.startswith(f"{code}: ")
    assert line.count("\n") == 2  # what, and what to do
    assert "Traceback" not in line
    assert list(tmp_path.iterdir()) == []


def test_without_a_network_the_hint_names_a_way_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("torchvision.datasets.CIFAR10", refuse(OSError("no route to host")))

    fetch.main(["cifar10", "--to", str(tmp_path)])

    assert "digits" in capsys.readouterr().err


class Downloaded:
    """What torchvision gives."""

    classes = tuple("abcdefghij")

    def __init__(self, root, train, download):
        part = some(30, 0) if train else some(20, 1)
        self.data, self.targets = part.images.numpy(), part.labels.tolist()


def test_a_download_is_packed_and_its_remains_are_removed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("torchvision.datasets.CIFAR10", Downloaded)

    status = fetch.main(["cifar10", "--to", str(tmp_path)])

    assert status == 0
    assert capsys.readouterr().out == f"{tmp_path / fetch.FILE}\n"
    assert [path.name for path in tmp_path.iterdir()] == [fetch.FILE]
    assert torch.equal(packed.load("cifar10", tmp_path).train.images, some(30, 0).images)
