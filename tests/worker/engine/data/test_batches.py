import pytest
import torch

from tests.worker.engine.builders import CPU, HALF, a_split, the_batches
from worker.engine.data.batches import batch_sizes, evaluation_batches
from worker.engine.data.views import draw_views, take_views


def rows(batches, epoch=1):
    return torch.cat([batch.rows for batch in batches.epoch(epoch)])


def test_an_epoch_shows_every_image_once():
    assert sorted(rows(the_batches(a_split(50), size=16)).tolist()) == list(range(50))


@pytest.mark.parametrize(
    ("images", "size", "sizes"),
    [
        (48, 16, [16, 16, 16]),
        (50, 16, [16, 16, 16, 2]),
        (49, 16, [16, 16, 17]),  # no batch of one: batch normalisation could not learn from it
        (17, 16, [17]),
        (10, 16, [10]),
    ],
)
def test_the_last_batch_is_kept_and_never_a_single_image(images, size, sizes):
    assert batch_sizes(images, size) == sizes
    batches = the_batches(a_split(images), size=size)
    assert [len(batch.labels) for batch in batches.epoch(1)] == sizes
    assert len(batches) == len(sizes)


def test_the_order_depends_on_seed_and_epoch_only():
    first = rows(the_batches(seed=1))
    torch.rand(7)

    assert torch.equal(rows(the_batches(seed=1)), first)
    assert not torch.equal(rows(the_batches(seed=2)), first)
    assert not torch.equal(rows(the_batches(seed=1), epoch=2), first)


def test_an_epoch_can_be_drawn_without_the_ones_before():
    batches = the_batches(augmentation="standard")
    for _ in range(2):
        list(batches.epoch(1))

    late = [batch.images for batch in the_batches(augmentation="standard").epoch(3)]

    assert all(torch.equal(a.images, b) for a, b in zip(batches.epoch(3), late, strict=True))


def test_without_augmentation_the_images_are_only_normalised():
    batch = next(the_batches().epoch(1))

    assert torch.equal(batch.images, HALF.to(CPU)(a_split().images[batch.rows]))


@pytest.mark.parametrize(("augmentation", "flip"), [("crop", False), ("standard", True)])
def test_augmented_images_are_the_views_of_their_rows(augmentation, flip):
    batch = next(the_batches(augmentation=augmentation, view_seed=5).epoch(2))

    views = draw_views(5, 2, batch.rows)
    expected = take_views(a_split().images[batch.rows], views, flip)
    assert torch.equal(batch.images, HALF.to(CPU)(expected))


def test_views_do_not_follow_the_batch_size_nor_the_seed():
    def by_row(size, seed):
        batches = list(the_batches(augmentation="standard", size=size, seed=seed).epoch(1))
        images, order = torch.cat([b.images for b in batches]), torch.cat([b.rows for b in batches])
        return images[order.argsort()]

    assert torch.equal(by_row(16, 0), by_row(20, 9))


def test_labels_belong_to_their_images():
    batch = next(the_batches().epoch(1))

    assert torch.equal(batch.labels, a_split().labels[batch.rows])


def test_evaluation_shows_all_images_in_order_and_as_they_are():
    split = a_split(50)

    images = torch.cat(list(evaluation_batches(split, HALF, CPU, size=16)))

    assert torch.equal(images, HALF.to(CPU)(split.images))
