"""Rows of a formula follow it, and are the same wherever they are made."""

import math

import pytest
import torch

from core.errors import InvalidJob
from core.spec.tables import Formula
from worker.engine.data.tables.formula import load


def test_a_linear_target_is_the_formula_and_its_noise():
    exact = load(Formula(slopes=[3.0, -1.0], intercept=2.0, rows=2000)).train
    noisy = load(Formula(slopes=[3.0, -1.0], intercept=2.0, rows=2000, noise=0.5)).train

    torch.testing.assert_close(exact.labels, 2 + 3 * exact.inputs[:, 0] - exact.inputs[:, 1])
    off = noisy.labels - exact.labels
    assert torch.equal(noisy.inputs, exact.inputs)
    assert abs(off.mean().item()) < 4 * 0.5 / math.sqrt(2000)
    assert off.std().item() == pytest.approx(0.5, rel=0.1)


def test_a_rectified_target_sees_what_is_above_0():
    rows = load(Formula(form="rectified", slopes=[1.0, 2.0], rows=50)).train

    torch.testing.assert_close(rows.labels, rows.inputs.clamp(min=0) @ torch.tensor([1.0, 2.0]).double())


def test_classes_are_as_probable_as_the_formula_says():
    table = load(Formula(form="logistic", slopes=[2.0], intercept=-1.0, rows=20_000))

    z = 2 * table.train.inputs[:, 0] - 1
    assert table.class_names == ("0", "1")
    near_0 = (z.abs() < 0.2).nonzero().squeeze(1)
    assert table.train.labels[near_0].double().mean().item() == pytest.approx(0.5, abs=0.05)
    assert table.train.labels.double().mean().item() == pytest.approx(z.sigmoid().mean().item(), abs=0.01)


def test_a_class_with_hardly_a_row_is_refused_before_anything_is_trained():
    with pytest.raises(InvalidJob, match="2 of the 40 rows"):
        load(Formula(form="logistic", slopes=[0.5], intercept=3.2, rows=40, seed=12))


def test_the_same_formula_gives_the_same_rows_and_another_seed_others():
    one, again, other = load(Formula()), load(Formula()), load(Formula(seed=1))

    assert one.digest == again.digest != other.digest
    assert one.columns == ("x1",)
