"""Splits are disjoint, stratified, and depend on the data and the fractions only."""

import pytest
import torch

from core.errors import InvalidJob
from core.spec.datasets import Subset
from core.spec.evaluation import Evaluation
from tests.worker.engine.builders import a_dataset, a_split
from worker.engine.data import digits
from worker.engine.data.dataset import Dataset
from worker.engine.data.splits import cut, part, split

DIGITS = digits.load()


def test_every_image_is_in_exactly_one_split():
    splits = split(DIGITS, Evaluation())

    rows = torch.cat([splits.train.rows, splits.validation.rows, splits.test.rows])
    assert sorted(rows.tolist()) == list(range(1797))


def test_every_class_has_its_share_in_every_split():
    splits = split(DIGITS, Evaluation(test_fraction=0.2, validation_fraction=0.1))

    for label in range(10):
        images = (DIGITS.train.labels == label).sum().item()
        tested = (splits.test.labels == label).sum().item()
        validated = (splits.validation.labels == label).sum().item()
        assert tested == round(0.2 * images)
        assert validated == round(0.1 * (images - tested))


def test_the_same_data_is_split_the_same_way_whatever_was_drawn_before():
    one = split(DIGITS, Evaluation())
    torch.manual_seed(1234)
    torch.rand(10)

    other = split(digits.load(), Evaluation())

    assert torch.equal(one.test.rows, other.test.rows)
    assert torch.equal(one.validation.rows, other.validation.rows)


def test_the_seed_of_a_job_is_not_even_known():
    assert "seed" not in split.__annotations__
    assert "seed" not in Evaluation.model_fields


def test_other_data_is_split_another_way():
    images = DIGITS.train.images.clone()
    images[0, 0, 0, 0] += 1
    other = Dataset(
        "other", DIGITS.class_names, DIGITS.train.__class__(images, DIGITS.train.labels, DIGITS.train.rows)
    )

    assert not torch.equal(split(other, Evaluation()).test.rows, split(DIGITS, Evaluation()).test.rows)


def test_a_test_split_of_the_source_is_kept_whole():
    data = a_dataset(images=40, test_images=12)

    splits = split(data, Evaluation())

    assert splits.test is data.test
    assert len(splits.train) + len(splits.validation) == 40


def test_a_small_class_still_has_one_image_in_each_part():
    rest, chosen = cut(a_split(8), 0.01, key=0)

    assert chosen.labels.tolist().count(0) == 1
    assert rest.labels.tolist().count(0) == 1


def test_a_class_of_one_image_is_refused():
    with pytest.raises(InvalidJob, match="too few images"):
        cut(a_split(4), 0.5, key=0)


def counts(of):
    return torch.bincount(of.labels, minlength=10).tolist()


def test_a_subset_has_so_many_images_of_each_class_beside_the_whole_test_split():
    whole, some = split(DIGITS, Evaluation()), split(DIGITS, Evaluation(), Subset(per_class=20))

    assert counts(some.train) == [18] * 10
    assert counts(some.validation) == [2] * 10
    assert torch.equal(some.test.rows, whole.test.rows)


def test_a_class_that_has_fewer_images_gives_all():
    whole, some = split(DIGITS, Evaluation()), split(DIGITS, Evaluation(), Subset(per_class=5000))

    assert torch.equal(some.train.rows, whole.train.rows)


def test_a_smaller_subset_lies_within_a_larger_one():
    smaller, larger = (set(part(DIGITS.train, n, key=7).rows.tolist()) for n in (10, 40))

    assert len(smaller) == 100
    assert smaller < larger


def test_the_subset_depends_on_the_data():
    one, other = (set(part(DIGITS.train, 10, key=key).rows.tolist()) for key in (1, 2))

    assert one != other
