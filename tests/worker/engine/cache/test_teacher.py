"""A teacher that is looked up says what the live one says, whatever was known before."""

import pytest
import torch
from torch import nn

from core.spec.models import Teacher
from tests.worker.engine.builders import CLASSES, a_network, a_split, as_seen, the_batches
from worker.engine import registry
from worker.engine.answering import LiveTeacher, Plain
from worker.engine.cache.segments import Segments, Shelf
from worker.engine.cache.table import Table
from worker.engine.cache.teacher import CachedTeacher
from worker.engine.models.folding import folded
from worker.engine.moment import Features

HALF_STEP = 2**-11  # of a number's size, between it and the nearest of half precision


class Counting:
    """A teacher that counts the images it was asked about."""

    def __init__(self, network: nn.Module | None = None) -> None:
        self.network = Plain((network or a_network(seed=7)).eval().requires_grad_(False))
        self.images = 0

    def __call__(self, images):
        self.images += len(images)
        return self.network(images)


def goes_on():
    return True


def cached(batches, counting=None, segments=None):
    table = Table(batches.split.rows, batches.augmentation, CLASSES)
    return CachedTeacher(LiveTeacher(counting or Counting()), batches, table, segments)


def on_disk(folder):
    return Segments(Shelf(folder, 10**9), "0" * 64, pytest.fail)


def logits_of(teacher, batches, epoch):
    assert teacher.prepare(epoch, goes_on)
    return torch.cat([teacher(as_seen(batch))[0] for batch in batches.epoch(epoch)])


@pytest.mark.parametrize("augmentation", ["none", "crop", "standard"])
def test_what_is_looked_up_is_what_the_live_teacher_says_in_half_precision(augmentation):
    batches = the_batches(a_split(50), augmentation=augmentation)
    teacher = cached(batches)
    exact, rounding = (LiveTeacher(Counting(), halved=halved) for halved in (False, True))

    for epoch in (1, 2):
        found = logits_of(teacher, batches, epoch)
        live, rounded = (
            torch.cat([one(as_seen(batch))[0] for batch in batches.epoch(epoch)]) for one in (exact, rounding)
        )
        torch.testing.assert_close(found, live, rtol=1.01 * HALF_STEP, atol=1e-6)
        torch.testing.assert_close(found, rounded, rtol=2.01 * HALF_STEP, atol=1e-6)


def test_a_step_asks_the_network_nothing():
    batches, counting = the_batches(augmentation="standard"), Counting()
    teacher = cached(batches, counting)
    teacher.prepare(1, goes_on)
    asked = counting.images

    for batch in batches.epoch(1):
        teacher(as_seen(batch))

    assert counting.images == asked == 64


def test_without_augmentation_one_epoch_answers_all_others():
    batches, counting = the_batches(), Counting()
    teacher = cached(batches, counting)

    hits = [(teacher.prepare(epoch, goes_on), teacher.hits)[1] for epoch in (1, 2, 3)]

    assert hits == [0.0, 1.0, 1.0]
    assert counting.images == 64


def test_crops_that_differ_only_in_an_unused_flip_share_their_answer():
    batches = the_batches(augmentation="crop")
    table = Table(batches.split.rows, "crop", CLASSES)

    assert table.cells(torch.tensor([3, 3, 4]), torch.tensor([160, 161, 0])).tolist() == [323, 323, 324]
    assert len(table.known) == 64 * 81


def test_the_next_job_asks_its_teacher_nothing(tmp_path):
    batches, first, second = the_batches(augmentation="standard"), Counting(), Counting()
    written = [logits_of(cached(batches, first, on_disk(tmp_path)), batches, epoch) for epoch in (1, 2)]

    teacher = cached(batches, second, on_disk(tmp_path))
    read = [logits_of(teacher, batches, epoch) for epoch in (1, 2)]

    assert all(torch.equal(one, other) for one, other in zip(read, written, strict=True))
    assert (first.images, second.images, teacher.hits) == (128, 0, 1.0)


def test_no_answer_depends_on_what_was_known(tmp_path):
    """Some cells are known of other epochs, so that the batches of what is missing are other ones."""
    batches = the_batches(a_split(50), augmentation="crop")
    fresh = logits_of(cached(batches), batches, 9)
    teacher = cached(batches)
    for epoch in range(1, 9):
        teacher.prepare(epoch, goes_on)

    partly = logits_of(teacher, batches, 9)

    assert 0 < teacher.hits < 1
    assert torch.equal(partly, fresh)


@pytest.mark.parametrize("network", ["resnet18", "mobilenet_v2"])
def test_an_image_gets_the_same_bits_wherever_it_stands_in_a_batch(network):
    teacher = folded(
        registry.network(Teacher(architecture=network, stem="imagenet"), 3, CLASSES, 0, "teacher").eval()
    )
    teacher = teacher.to(memory_format=torch.channels_last)
    images = torch.randn(32, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    one = images[5]
    order = torch.randperm(32)

    with torch.no_grad():
        apart, mixed = teacher(images), teacher(images[order])
        alone = teacher(one.expand(32, 3, 32, 32).contiguous(memory_format=torch.channels_last))

    assert torch.equal(mixed, apart[order])
    assert torch.equal(alone, apart[5].expand_as(alone))


def test_asking_ahead_ends_when_it_shall_not_go_on(monkeypatch):
    monkeypatch.setattr("worker.engine.cache.teacher.AT_ONCE", 16)
    batches, counting = the_batches(augmentation="standard"), Counting()
    wishes = iter([True, True, False])

    assert not cached(batches, counting).prepare(1, lambda: next(wishes))

    assert counting.images == 32


def test_a_logit_beyond_half_precision_stays_a_number():
    live = LiveTeacher(lambda images: (images.flatten(1) * 1e9, Features()), halved=True)

    logits, _ = live(as_seen(next(the_batches().epoch(1))))

    assert logits.isfinite().all()
    assert logits.abs().max() == 65504
