"""Tables that come with scikit-learn, how any is cut, and the batches of it."""

import pytest
import torch

from core.errors import InvalidJob
from core.spec.datasets import BUILTIN_TABLES, Subset
from core.spec.evaluation import Evaluation
from worker.engine.data.splits import split_table
from worker.engine.data.tables import known
from worker.engine.data.tables.batches import TableBatches
from worker.engine.data.tables.standardization import measure
from worker.engine.data.tables.table import Table, all_rows

CPU = torch.device("cpu")
IRIS = known.load("iris")


@pytest.mark.parametrize("name", sorted(BUILTIN_TABLES))
def test_what_is_said_of_a_table_is_true(name):
    table, said = known.load(name), BUILTIN_TABLES[name]

    assert table.train.inputs.shape == (said.rows, said.inputs)
    assert len(table.columns) == said.inputs
    assert (len(table.class_names) or None) == said.classes
    assert table.train.labels.is_floating_point() is said.measures


def test_columns_are_in_their_own_units():
    inputs = known.load("diabetes").train.inputs

    assert inputs[:, 0].min().item() == 19  # years


def test_classes_are_in_every_split_and_no_row_is_in_two():
    splits = split_table(IRIS, Evaluation(test_fraction=0.2, validation_fraction=0.25))

    parts = (splits.train, splits.validation, splits.test)
    assert [len(part) for part in parts] == [90, 30, 30]
    assert all(torch.bincount(part.labels).tolist() == [len(part) // 3] * 3 for part in parts)
    assert sorted(torch.cat([part.rows for part in parts]).tolist()) == list(range(150))


def test_measures_are_cut_at_random_by_their_share():
    splits = split_table(known.load("diabetes"), Evaluation(test_fraction=0.2, validation_fraction=0.1))

    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [319, 35, 88]
    assert splits.test.rows.tolist() != list(range(354, 442))


def test_a_part_of_every_class_is_taken():
    splits = split_table(IRIS, Evaluation(), Subset(per_class=10))

    assert len(splits.train) + len(splits.validation) == 30


def test_a_class_of_one_row_is_refused():
    lonely = all_rows(torch.rand(4, 2, dtype=torch.float64), torch.tensor([0, 0, 0, 1]))

    with pytest.raises(InvalidJob):
        split_table(Table("t", ("a", "b"), "y", ("0", "1"), lonely), Evaluation())


def test_the_digest_follows_names_and_numbers():
    rows = all_rows(torch.rand(4, 2, dtype=torch.float64), torch.tensor([0, 0, 1, 1]))
    other = all_rows(rows.inputs + 1e-9, rows.labels)
    tables = [
        Table("t", ("a", "b"), "y", ("0", "1"), rows), Table("t", ("b", "a"), "y", ("0", "1"), rows),
        Table("t", ("a", "b"), "y", ("0", "1"), other),
    ]  # fmt: skip

    assert len({table.digest for table in tables}) == 3
    assert Table("u", ("a", "b"), "y", ("0", "1"), rows).digest == tables[0].digest


def some_batches(size, seed=0):
    rows = known.load("diabetes").train
    return TableBatches(rows, measure(rows), size=size, seed=seed, device=CPU)


def test_every_row_is_seen_once_an_epoch_in_an_order_of_its_own():
    batches = some_batches(100)
    first, second = (torch.cat([batch.rows for batch in batches.epoch(number)]) for number in (1, 2))

    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(442))
    assert first.tolist() != second.tolist()
    assert len(batches) == 5


def test_an_epoch_goes_on_where_it_was_left():
    whole, rest = list(some_batches(100).epoch(3)), list(some_batches(100).epoch(3, skip=2))

    assert len(rest) == 3
    assert all(torch.equal(one.images, other.images) for one, other in zip(whole[2:], rest, strict=True))
    assert all(torch.equal(one.labels, other.labels) for one, other in zip(whole[2:], rest, strict=True))


def test_a_batch_may_be_one_row():
    assert len(list(some_batches(1).epoch(1))) == 442
