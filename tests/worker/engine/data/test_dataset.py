import pytest
import torch

from tests.worker.engine.builders import a_dataset, a_split
from worker.engine.data.dataset import Dataset, Split


def test_taking_some_images_keeps_their_labels_and_rows():
    split = a_split(10)

    taken = split.take(torch.tensor([7, 2]))

    assert taken.rows.tolist() == [7, 2]
    assert torch.equal(taken.images[0], split.images[7])
    assert taken.labels[1] == split.labels[2]


def changed(split: Split, what: str) -> Split:
    images, labels = split.images.clone(), split.labels.clone()
    if what == "pixel":
        images[3, 0, 0, 0] += 1
    if what == "label":
        labels[3] = (labels[3] + 1) % 4
    return Split(images, labels, split.rows)


@pytest.mark.parametrize("what", ["pixel", "label"])
def test_any_change_changes_the_digest(what):
    one = a_dataset()

    other = Dataset(one.name, one.class_names, changed(one.train, what))

    assert other.digest != one.digest


def test_test_images_count_too():
    assert a_dataset(test_images=8).digest != a_dataset(test_images=12).digest
