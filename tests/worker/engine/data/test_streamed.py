"""A set that has no room in memory is learned from all the same, to the bit."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.worker.engine.builders import CPU, HALF, a_split, the_batches
from tests.worker.engine.listener import Listener
from tests.worker.engine.resuming.attempts import metrics_of, tiny, tiny_data
from worker.engine import distill
from worker.engine.data import mapped, packed
from worker.engine.data.batches import evaluation_batches
from worker.engine.data.mapped import MappedSplit, free_memory, has_room
from worker.engine.data.streamed import AHEAD, StreamedBatches
from worker.engine.loading import load

MIB = 1 << 20
SIDE, IMAGES = 64, 6000  # 74 MB


def streamed(split, **changes):
    options = {"size": 16, "augmentation": "none", "view_seed": 0, "seed": 0, "device": CPU, **changes}
    return StreamedBatches(mapped.mapped(split), HALF, **options)


def same(one, other):
    fields = ("images", "labels", "rows", "views")
    return all(
        (ours is theirs is None) or torch.equal(ours, theirs)
        for ours, theirs in ((getattr(one, name), getattr(other, name)) for name in fields)
    )


@pytest.mark.parametrize("augmentation", ["none", "crop", "standard"])
@pytest.mark.parametrize("skip", [0, 3])
def test_its_batches_are_those_of_a_set_in_memory(augmentation, skip):
    split = a_split(150)
    expected = the_batches(split, augmentation=augmentation).epoch(2, skip)

    found = streamed(split, augmentation=augmentation).epoch(2, skip)

    assert all(same(one, other) for one, other in zip(found, expected, strict=True))


def test_a_part_of_it_is_the_same_part():
    split, positions = a_split(50), torch.tensor([40, 3, 17])

    part = mapped.mapped(split).take(torch.arange(0, 50, 2)).take(torch.tensor([20, 3])).read()

    expected = split.take(torch.tensor([40, 6]))
    assert torch.equal(part.images, expected.images)
    assert torch.equal(part.labels, expected.labels)
    assert torch.equal(mapped.mapped(split).take(positions).read().rows, positions)


def test_it_is_evaluated_as_one_in_memory():
    split = a_split(50)

    found, expected = (list(evaluation_batches(s, HALF, CPU, size=16)) for s in (mapped.mapped(split), split))

    assert all(map(torch.equal, found, expected))


def test_no_more_is_read_ahead_than_a_few_batches(monkeypatch):
    batches, read = streamed(a_split(320)), []
    monkeypatch.setattr(batches, "_read", lambda p: read.append(p) or StreamedBatches._read(batches, p))

    running = batches.epoch(1)
    for _ in range(3):
        next(running)
    running.close()

    assert len(read) <= 3 + AHEAD
    assert len(batches) == 20


def test_what_goes_wrong_while_reading_is_told():
    batches = streamed(a_split(64))
    batches.split = replace(batches.split, places=torch.arange(100, 164))

    with pytest.raises(IndexError):
        next(batches.epoch(1))


@pytest.mark.parametrize(("free", "room"), [(1000, False), (10**12, True)])
def test_half_of_what_is_free_may_be_taken(free, room, monkeypatch, tmp_path):
    monkeypatch.setattr(mapped, "free_memory", lambda: free)
    spec = tiny()

    material = load(spec, tiny_data(tmp_path), CPU)

    assert has_room(material.dataset, CPU) is room
    assert isinstance(material.splits.train, MappedSplit) is not room
    assert isinstance(material.batches(spec.optimization, 0), StreamedBatches) is not room


def test_a_container_has_what_its_limit_leaves(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("3000\n")
    (tmp_path / "memory.current").write_text("1000\n")
    monkeypatch.setattr(mapped, "CGROUP", tmp_path)
    assert free_memory() == 2000

    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory() > MIB


def own_memory():
    """Bytes that belong to this process alone: no file stands behind them."""
    (kib,) = re.findall(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kib) * 1024


def test_memory_stays_bounded_however_large_the_set(tmp_path, monkeypatch):
    monkeypatch.setattr(mapped, "free_memory", lambda: MIB)
    large = torch.zeros(IMAGES, SIDE, SIDE, 3, dtype=torch.uint8)
    labels = torch.arange(IMAGES) % 4
    tensors = {"train_images": large, "train_labels": labels}
    save_file(tensors, tmp_path / "ds.safetensors", {"classes": '["a", "b", "c", "d"]'})
    size = large.nbytes
    del large, tensors
    before = own_memory()

    dataset = packed.load("ds", tmp_path)
    batches = streamed(dataset.train, augmentation="standard")
    seen, most = 0, 0
    for batch in batches.epoch(1):
        seen, most = seen + len(batch.labels), max(most, own_memory() - before)

    assert seen == IMAGES
    assert most < size / 4


@pytest.mark.slow
def test_a_run_ends_as_one_that_had_room(tmp_path, monkeypatch):
    data = tiny_data(tmp_path)
    spec = tiny(optimization={"teacher_cache": "off"})
    distill(spec, tmp_path / "resident", data=data, reporter=Listener())
    monkeypatch.setattr(mapped, "free_memory", lambda: 0)

    distill(spec, tmp_path / "streamed", data=data, reporter=Listener())

    first, second = (tmp_path / name for name in ("resident", "streamed"))
    assert metrics_of(first) == metrics_of(second)
    assert (first / "student.safetensors").read_bytes() == (second / "student.safetensors").read_bytes()
