import torch
from sklearn.datasets import load_digits

from worker.engine.data import digits

DATA = digits.load()
SOURCE = load_digits()


def test_all_scans_are_there_as_small_colour_images():
    assert DATA.train.images.shape == (1797, 32, 32, 3)
    assert DATA.train.images.dtype == torch.uint8
    assert DATA.test is None
    assert DATA.class_names == tuple("0123456789")


def test_every_pixel_is_the_scaled_and_repeated_one_of_the_source():
    for row, y, x in [(0, 0, 0), (0, 13, 17), (1796, 31, 31), (900, 16, 5)]:
        value = round(SOURCE.images[row, y // 4, x // 4] * 255 / 16)

        assert DATA.train.images[row, y, x].tolist() == [value] * 3


def test_the_full_range_of_bytes_is_used():
    assert (DATA.train.images.min(), DATA.train.images.max()) == (0, 255)


def test_labels_are_those_of_the_source():
    assert DATA.train.labels.tolist() == SOURCE.target.tolist()
    assert DATA.train.rows.tolist() == list(range(1797))


def test_the_digest_is_that_of_the_content():
    assert DATA.digest == digits.load().digest
    assert len(DATA.digest) == 64
