import pytest
import torch

from tests.worker.engine.builders import CPU, a_split
from worker.engine.data.dataset import all_rows
from worker.engine.data.normalization import MIN_STD, measure


def test_mean_and_spread_are_those_of_the_training_images():
    split = a_split()

    measured = measure(split)

    values = split.images.double() / 255
    assert measured.mean == pytest.approx(values.mean(dim=(0, 1, 2)).tolist(), rel=1e-12)
    assert measured.std == pytest.approx(values.std(dim=(0, 1, 2), unbiased=False).tolist(), rel=1e-9)


def test_normalised_training_images_have_mean_0_and_spread_1():
    split = a_split()

    images = measure(split).to(CPU)(split.images)

    assert images.mean(dim=(0, 2, 3)).tolist() == pytest.approx([0, 0, 0], abs=1e-5)
    assert images.std(dim=(0, 2, 3), unbiased=False).tolist() == pytest.approx([1, 1, 1], abs=1e-5)


def test_images_come_channels_first_by_shape_and_channels_last_in_memory():
    images = measure(a_split()).to(CPU)(a_split(side=8).images)

    assert images.shape == (64, 3, 8, 8)
    assert images.is_contiguous(memory_format=torch.channels_last)


def test_images_of_one_colour_stay_finite():
    grey = all_rows(torch.full((4, 8, 8, 3), 77, dtype=torch.uint8), torch.zeros(4, dtype=torch.int64))

    measured = measure(grey)

    assert measured.std == (MIN_STD,) * 3
    assert measured.to(CPU)(grey.images).abs().max().item() < 1e-3
