"""Views are a pure function of (view_seed, epoch, row), and uniform."""

import torch

from tests.worker.engine.builders import a_split
from worker.engine.data.views import MASK64, PAD, VIEWS, draw_views, splitmix64, take_views


def plain(view_seed: int, epoch: int, row: int) -> int:
    """The same draw without torch."""
    key = splitmix64((splitmix64(view_seed) + epoch) & MASK64)
    return (splitmix64((key + row) & MASK64) >> 1) % VIEWS


def test_the_hash_is_splitmix64():
    """The first three outputs of the generator of that name, started at 1234567 (Vigna's reference)."""
    golden = 0x9E3779B97F4A7C15

    outputs = [splitmix64((1234567 + i * golden) & MASK64) for i in range(3)]

    assert outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_on_the_device_it_is_the_same_as_in_plain_python():
    rows = torch.tensor([0, 1, 2, 1796, 49_999, 2**31, 2**40])

    for view_seed in (0, 1, 2**32 - 1):
        for epoch in (1, 2, 300):
            expected = [plain(view_seed, epoch, row) for row in rows.tolist()]
            assert draw_views(view_seed, epoch, rows).tolist() == expected


def test_all_162_views_are_equally_likely():
    """χ² with 161 degrees of freedom: mean 161, standard deviation 17.9; five of them to either side."""
    counts = torch.zeros(VIEWS, dtype=torch.int64)
    for epoch in range(1, 21):
        counts += torch.bincount(draw_views(0, epoch, torch.arange(10_000)), minlength=VIEWS)

    expected = 200_000 / VIEWS
    chi_squared = ((counts - expected) ** 2 / expected).sum().item()
    assert 161 - 5 * 17.9 < chi_squared < 161 + 5 * 17.9


def test_a_view_does_not_depend_on_the_rest_of_the_batch():
    rows = torch.arange(100)
    mixed = rows[torch.randperm(100, generator=torch.Generator().manual_seed(0))]

    together, alone = draw_views(0, 5, mixed), draw_views(0, 5, rows)

    assert torch.equal(together, alone[mixed])


def test_seeds_and_epochs_give_other_views():
    rows = torch.arange(1000)
    draws = [draw_views(seed, epoch, rows) for seed in (0, 1) for epoch in (1, 2)]

    for one in range(4):
        for other in range(one):
            assert 0 <= (draws[one] == draws[other]).sum().item() < 30  # about 1000 / 162 by chance


def by_hand(image, view, flip):
    """Pad, crop and flip one image, as torchvision's transforms do."""
    side = image.shape[0]
    padded = torch.zeros(side + 2 * PAD, side + 2 * PAD, 3, dtype=torch.uint8)
    padded[PAD : PAD + side, PAD : PAD + side] = image
    dy, dx = view // 18, view // 2 % 9
    crop = padded[dy : dy + side, dx : dx + side]
    return crop.flip(1) if flip and view % 2 else crop


def test_every_view_is_the_crop_and_flip_that_it_says():
    image = a_split(4).images[3]
    views = torch.arange(VIEWS)

    for flip in (True, False):
        taken = take_views(image.expand(VIEWS, -1, -1, -1), views, flip)
        for view in range(VIEWS):
            assert torch.equal(taken[view], by_hand(image, view, flip))


def test_the_middle_view_is_the_image_itself():
    images = a_split(4).images

    assert torch.equal(take_views(images, torch.full((4,), 4 * 18 + 4 * 2), flip=True), images)
